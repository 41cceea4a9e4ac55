# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

# Run as `cmake -D PROGRAM=... -D EXPECTED=... [-D ARGUMENTS="A|B..."] [-D INPUT=...] -P compare_output.cmake`: fails
# unless PROGRAM ends with status 0 and prints exactly what the file EXPECTED holds. Status 77 is of a program that lacks
# something here.

if(NOT INPUT)
  set(INPUT /dev/null)
endif()
string(REPLACE "|" ";" ARGUMENTS "${ARGUMENTS}")
execute_process(COMMAND ${PROGRAM} ${ARGUMENTS} INPUT_FILE ${INPUT} OUTPUT_VARIABLE printed RESULT_VARIABLE status)
if(status EQUAL 77)
  message("left out, with status 77")
  return()
endif()
if(NOT status EQUAL 0)
  message("${printed}")
  message(FATAL_ERROR "${PROGRAM} ended with status ${status}")
endif()
file(READ ${EXPECTED} expected)
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "${PROGRAM} printed\n${printed}--- instead of ${EXPECTED}:\n${expected}---")
endif()
