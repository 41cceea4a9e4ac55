# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

# How the targets of this project are made; the same rules for all of them.

# Executables of every kind stand in one folder: a host finds its plugins beside itself.
set(BELFRY_BIN_DIR ${PROJECT_BINARY_DIR}/bin)

function(belfry_set_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # It finds a memcpy that overlaps in the standard library's own operator+ of strings (its bug 105651).
    target_compile_options(${target} PRIVATE -Wno-restrict)
  endif()
  if(BELFRY_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# belfry_add_library(TARGET ALIAS SOURCES...): usable as belfry::ALIAS here and where it is installed.
function(belfry_add_library target alias)
  add_library(${target} ${ARGN})
  add_library(belfry::${alias} ALIAS ${target})
  belfry_set_options(${target})
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${alias}
    POSITION_INDEPENDENT_CODE ON
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
endfunction()

# belfry_add_executable(TARGET OUTPUT_NAME SOURCE LIBRARIES...)
function(belfry_add_executable target output_name source)
  add_executable(${target} ${source})
  belfry_set_options(${target})
  target_link_libraries(${target} PRIVATE ${ARGN})
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME ${output_name}
    RUNTIME_OUTPUT_DIRECTORY ${BELFRY_BIN_DIR})
endfunction()

# belfry_add_test(NAME COMMAND...)
function(belfry_add_test name)
  add_test(NAME ${name} COMMAND ${ARGN})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${BELFRY_TEST_TIMEOUT_SECONDS})
endfunction()
