# What makes a fault in our code hard to use. Three targets, so that each build takes what it can:
#   quittance_hardened_code     a program that overruns a buffer on the stack, or one whose size the compiler knows, ends
#   quittance_hardened_program  where the program lies is random, and what the loader filled in cannot be overwritten
#   quittance_hardening         both; builds with sanitisers take the second alone, because a sanitiser finds more
# deploy/docker/check_hardening reads all of it in a finished program.
include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)

add_library(quittance_hardened_code INTERFACE)
# FORTIFY needs optimised code. Level 3 also knows sizes that are computed while the program runs (glibc 2.34, clang 9,
# GCC 12). Some compilers define a level of their own, so ours replaces it.
target_compile_options(quittance_hardened_code INTERFACE
  -fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)

add_library(quittance_hardened_program INTERFACE)
target_link_options(quittance_hardened_program INTERFACE
  LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack LINKER:-z,separate-code)

add_library(quittance_hardening INTERFACE)
target_link_libraries(quittance_hardening INTERFACE quittance_hardened_program)
if(CMAKE_BUILD_TYPE STREQUAL Release AND NOT QUITTANCE_SANITIZE)
  target_link_libraries(quittance_hardening INTERFACE quittance_hardened_code)
endif()
