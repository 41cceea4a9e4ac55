// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "program_environment.hpp"

#include "../descriptor_list.hpp"
#include "../posix/orphan_timer.hpp"
#include "../walk_in.hpp"

#include <belfry/channel_handle.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace belfry::detail {
namespace {

std::string_view name_of(std::string_view variable) { return variable.substr(0, variable.find('=')); }

}  // namespace

program_environment::program_environment(const launch_options& options, const std::string& ends,
                                         const std::string& descriptors, const std::string& leash) {
  if (options.environment) {
    variables_ = *options.environment;
  } else {
    for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) {
      variables_.emplace_back(*variable);
    }
  }
  if (const auto& kept = options.confinement.keep_variables) {
    std::erase_if(variables_, [&](const std::string& v) {
      return std::find(kept->begin(), kept->end(), name_of(v)) == kept->end();
    });
  }
  for (const auto& variable : options.extra_environment) set(variable);
  remove(channel_handle::variable);
  remove(descriptors_variable);
  remove(posix::leash_variable);
  remove(host_variable);
  if (!ends.empty()) set(std::string(channel_handle::variable) + "=" + ends);
  if (!descriptors.empty()) set(std::string(descriptors_variable) + "=" + descriptors);

  if (!leash.empty()) set(std::string(posix::leash_variable) + "=" + leash);

  for (const auto& variable : variables_) pointers_.push_back(variable.c_str());
  pointers_.push_back(nullptr);
}

void program_environment::set(std::string variable) {
  remove(std::string(name_of(variable)));
  variables_.push_back(std::move(variable));
}

void program_environment::remove(const std::string& name) {
  std::erase_if(variables_, [&](const std::string& v) { return name_of(v) == name; });
}

}  // namespace belfry::detail
