# Two functions make every target of ours, so that warnings and sanitisers are the same everywhere.

add_library(quittance_settings INTERFACE)
target_compile_features(quittance_settings INTERFACE cxx_std_20)
target_link_libraries(quittance_settings INTERFACE quittance_hardening)
target_compile_options(quittance_settings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
# Asio's and Beast's templates are what costs compile time: no deprecated spellings, no Boost.System library.
target_compile_definitions(quittance_settings INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_DATE_TIME BOOST_ERROR_CODE_HEADER_ONLY)
if(QUITTANCE_SANITIZE)
  target_compile_options(quittance_settings INTERFACE -fsanitize=${QUITTANCE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(quittance_settings INTERFACE -fsanitize=${QUITTANCE_SANITIZE})
  if(QUITTANCE_SANITIZE MATCHES undefined)
    target_compile_options(quittance_settings INTERFACE -fno-sanitize-recover=undefined)
    if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
      # clang 14 puts its function-type prologue into coroutines wrongly.
      target_compile_options(quittance_settings INTERFACE -fno-sanitize=function,vptr)
      target_link_options(quittance_settings INTERFACE -fno-sanitize=function,vptr)
    endif()
  endif()
endif()
if(QUITTANCE_FUZZ)
  target_compile_options(quittance_settings INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  target_link_options(quittance_settings INTERFACE -fuse-ld=lld)
endif()

# quittance_library(NAME SOURCES a.cpp ... LINK targets ...): a static library `quittance_NAME`,
# included as <quittance/...> is not used: headers are included by their path from libs/ or services/.
function(quittance_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_library(quittance_${name} STATIC ${arg_SOURCES})
  target_include_directories(quittance_${name} PUBLIC ${PROJECT_SOURCE_DIR}/libs ${PROJECT_SOURCE_DIR}/services)
  target_link_libraries(quittance_${name} PUBLIC quittance_settings ${arg_LINK})
endfunction()

# quittance_program(quittance-NAME SOURCES main.cpp LINK targets ...)
function(quittance_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE quittance_settings ${arg_LINK})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()
