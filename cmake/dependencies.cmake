# Every library comes from Debian 12's packages (packages.txt).
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(Poco 1.11 REQUIRED COMPONENTS Foundation JSON Util Crypto Net NetSSL Data DataSQLite)
find_package(Boost 1.74 REQUIRED)
find_package(yaml-cpp REQUIRED)

# libjq ships neither a CMake package nor a .pc file.
find_path(JQ_INCLUDE_DIR jq.h REQUIRED)
find_library(JQ_LIBRARY jq REQUIRED)
add_library(JQ::jq UNKNOWN IMPORTED)
set_target_properties(JQ::jq PROPERTIES IMPORTED_LOCATION ${JQ_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${JQ_INCLUDE_DIR})

# valijson is header-only and without a CMake package.
find_path(VALIJSON_INCLUDE_DIR valijson/validator.hpp REQUIRED)
add_library(valijson_headers INTERFACE)
target_include_directories(valijson_headers SYSTEM INTERFACE ${VALIJSON_INCLUDE_DIR})

if(COUNTERSIGN_TESTS)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(CPPUNIT REQUIRED IMPORTED_TARGET cppunit)
endif()
