// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_PROGRAM_ENVIRONMENT_HPP
#define BELFRY_SRC_HOST_PROGRAM_ENVIRONMENT_HPP

#include <belfry/launch_options.hpp>

#include <string>
#include <vector>

namespace belfry::detail {

/// The environment of a program that is to be launched, as a null-terminated array for execve.
class program_environment {
 public:
  /// `ends` is the value for the variable that names the channel's descriptors, `descriptors` for the one that has the list
  /// of the named ones, `leash` for the one of `posix::leash`; empty: the program gets none, not even one that this process, a plugin itself, may have.
  program_environment(const launch_options&, const std::string& ends, const std::string& descriptors,
                      const std::string& leash);

  const char* const* get() const noexcept { return pointers_.data(); }
  /// Each as "NAME=VALUE".
  const std::vector<std::string>& variables() const noexcept { return variables_; }

 private:
  /// Adds "NAME=VALUE", or puts it in the place of the one of that name.
  void set(std::string variable);
  void remove(const std::string& name);

  std::vector<std::string> variables_;
  std::vector<const char*> pointers_;
};

}  // namespace belfry::detail

#endif
