# Build options that hold for all of Carrot's own code.
option(CARROT_TESTS "build the tests" ON)
option(CARROT_GRAPHICS "build what draws (needs EGL, GL and the ImGui wheel)" ON)
option(CARROT_FUZZ "build the fuzzers instead of the tests (clang only; preset fuzz)" OFF)
option(CARROT_UNITY "compile a library's files a dozen at a time: a third of the time for who builds once, \
more for who edits" OFF)
option(CARROT_WERROR "treat warnings as errors" OFF)
set(CARROT_SANITIZE "" CACHE STRING "sanitizers, e.g. address,undefined or thread")
set(CARROT_DEPS_DIR "${CMAKE_SOURCE_DIR}/.deps" CACHE PATH "folder of the pinned downloads")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_FLAGS_RELEASE "-O2")    # assertions (CARROT_CHECK) stay on, so no NDEBUG games
set(CMAKE_CXX_FLAGS_RELEASE "-O2")

# The determinism contract (engine/README.md): no contraction, no fast-math.
add_compile_options(-ffp-contract=off -fno-math-errno -Wall -Wextra -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options(-Wno-restrict)  # false alarms in std::string (GCC bug 105651)
endif()
if(CARROT_WERROR)
  add_compile_options(-Werror)
endif()
if(CARROT_SANITIZE)
  # A finding stops the program, so that a test fails. -O1 and no check for null and vptr: these halve the
  # compile time, and a null pointer stops the program anyway.
  add_compile_options(-fsanitize=${CARROT_SANITIZE} -fno-sanitize-recover=all
    -fno-sanitize=null,vptr -fno-omit-frame-pointer -g1 -O1)
  add_link_options(-fsanitize=${CARROT_SANITIZE})
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
