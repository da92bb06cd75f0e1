add_library(countersign_warnings INTERFACE)
target_compile_options(countersign_warnings INTERFACE -Wall -Wextra -Werror)
# g++ 12 sees overlaps in "text" + std::string() at -O3 that cannot be there (its bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(countersign_warnings INTERFACE -Wno-restrict)
endif()
# The same takes std::regex for uninitialised where addresses are checked (its bug 105562).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13
   AND CMAKE_CXX_FLAGS MATCHES "fsanitize=address")
  target_compile_options(countersign_warnings INTERFACE -Wno-maybe-uninitialized)
endif()
