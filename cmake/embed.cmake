# Files built into the program: schemas/*.json, and the pages that it serves. Each library has one function
#   std::string_view embedded::<library>(std::string_view name)   (name = file name; empty view when unknown)
function(countersign_embed library)
  file(GLOB files CONFIGURE_DEPENDS ${ARGN})
  set(source ${CMAKE_BINARY_DIR}/embedded/${library}.cpp)
  string(JOIN "|" joined ${files})
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DLIBRARY=${library} "-DFILES=${joined}" -DOUTPUT=${source} -P ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake VERBATIM)
  file(WRITE ${CMAKE_BINARY_DIR}/embedded/include/embedded/${library}.h
    "#pragma once\n#include <string_view>\n#include <vector>\nnamespace embedded {\nstd::string_view ${library}(std::string_view name);\nstd::vector<std::string_view> ${library}_names();\n}\n")
  add_library(embedded_${library} STATIC ${source})
  target_include_directories(embedded_${library} PUBLIC ${CMAKE_BINARY_DIR}/embedded/include)
endfunction()

countersign_embed(schemas ${CMAKE_SOURCE_DIR}/schemas/*.json)
countersign_embed(openapi ${CMAKE_SOURCE_DIR}/bridge/api/openapi/*.yaml)
# Swagger UI comes from npm (.ci/swagger-ui); a build without it serves a page that says so.
set(COUNTERSIGN_SWAGGER_UI ${CMAKE_SOURCE_DIR}/build/swagger-ui/node_modules/swagger-ui-dist CACHE PATH "swagger-ui-dist, for /docs")
if(NOT EXISTS ${COUNTERSIGN_SWAGGER_UI}/swagger-ui-bundle.js)
  message(NOTICE "-- /docs will have no Swagger UI: .ci/swagger-ui fetches it, with npm")
endif()
countersign_embed(docs ${CMAKE_SOURCE_DIR}/bridge/api/docs/*.html ${CMAKE_SOURCE_DIR}/bridge/api/docs/*.css
  ${CMAKE_SOURCE_DIR}/bridge/api/docs/*.js ${COUNTERSIGN_SWAGGER_UI}/swagger-ui-bundle.js ${COUNTERSIGN_SWAGGER_UI}/swagger-ui.css
  ${COUNTERSIGN_SWAGGER_UI}/LICENSE ${COUNTERSIGN_SWAGGER_UI}/NOTICE ${COUNTERSIGN_SWAGGER_UI}/swagger-ui-bundle.js.LICENSE.txt)
countersign_embed(pages ${CMAKE_SOURCE_DIR}/bridge/practice/pages/*)
