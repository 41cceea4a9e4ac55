// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "posix/compile_filter.hpp"
#include "posix/landlock.hpp"

#include <belfry/confinement.hpp>

namespace belfry {

file_access file_access::system_libraries() {
  file_access access;
  for (const char* root : {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache"}) {
    std::error_code ec;
    if (std::filesystem::exists(root, ec)) access.read_only.emplace_back(root);
  }
  return access;
}

confinement_options confinement_options::pure_compute() {
  confinement_options options;
  options.keep_variables.emplace();
  options.no_new_privileges = true;
  options.files = file_access::system_libraries();
  options.no_network = true;
  options.filter = system_call_filter::loading();
  options.attached_filter = system_call_filter::pure_compute();
  return options;
}

confinement_support confinement_support::here() noexcept {
  confinement_support support;
  support.landlock_version = detail::posix::landlock_version();
  support.filters = detail::posix::filters_are_supported();
  return support;
}

}  // namespace belfry
