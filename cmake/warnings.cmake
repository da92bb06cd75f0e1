add_library(countersign_warnings INTERFACE)
target_compile_options(countersign_warnings INTERFACE -Wall -Wextra -Werror)
