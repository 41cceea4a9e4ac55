# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

include(CMakePackageConfigHelpers)

set(BELFRY_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/belfry)

install(DIRECTORY include/belfry DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
# What README.md leads to goes with it.
install(FILES LICENSE_1_0.txt README.md CONTRIBUTING.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY doc example DESTINATION ${CMAKE_INSTALL_DOCDIR}
  FILES_MATCHING PATTERN "*.md" PATTERN "*.svg" PATTERN "*.?pp"
  PATTERN expected EXCLUDE)

install(TARGETS belfry EXPORT belfry_core)
install(EXPORT belfry_core FILE belfry_core.cmake NAMESPACE belfry:: DESTINATION ${BELFRY_CMAKE_DIR})
if(BELFRY_BUILD_HOST)
  install(TARGETS belfry_host EXPORT belfry_host)
  install(EXPORT belfry_host FILE belfry_host.cmake NAMESPACE belfry:: DESTINATION ${BELFRY_CMAKE_DIR})
endif()
if(TARGET belfry_tool)
  install(TARGETS belfry_tool)
endif()
# What `belfry bench` starts. Few need it, and it needs the libraries that it compares belfry with.
if(BELFRY_INSTALL_BENCH)
  if(NOT TARGET belfry_bench)
    message(FATAL_ERROR "BELFRY_INSTALL_BENCH needs BELFRY_BUILD_BENCH and BELFRY_BUILD_HOST")
  endif()
  install(TARGETS belfry_bench belfry_bench_guest)
endif()

# Before 1.0 a minor version may break.
configure_package_config_file(cmake/belfryConfig.cmake.in belfryConfig.cmake INSTALL_DESTINATION ${BELFRY_CMAKE_DIR})
write_basic_package_version_file(belfryConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/belfryConfig.cmake
  ${PROJECT_BINARY_DIR}/belfryConfigVersion.cmake
  DESTINATION ${BELFRY_CMAKE_DIR})

# A .pc file finds its prefix from its own place, so that the installed tree can be moved.
file(RELATIVE_PATH BELFRY_PC_TO_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
set(pkgconfig_files belfry.pc)
if(BELFRY_BUILD_HOST)
  list(APPEND pkgconfig_files belfry_host.pc)
endif()
foreach(file IN LISTS pkgconfig_files)
  configure_file(cmake/${file}.in ${file} @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${file} DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
