// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TOOL_OPTIONS_HPP
#define BELFRY_TOOL_OPTIONS_HPP

#include <chrono>
#include <cstddef>
#include <iosfwd>
#include <stdexcept>
#include <string>
#include <vector>

namespace belfry::tool {

/// How much is said about the plugin on standard error.
enum class verbosity { quiet, normal, verbose };

/// What `belfry run` was asked to do.
struct run_options {
  bool help = false;
  std::string plugin;  ///< Empty: one that walks in at `listen`.
  std::string listen;
  std::vector<std::string> arguments;
  std::string name;  ///< Empty: the plugin's file name.
  std::chrono::milliseconds handshake_timeout{};
  std::chrono::milliseconds stop_grace{};
  std::size_t ring_size_bytes = 0;
  std::size_t large_memory_bytes = 0;
  std::string autopsy_folder;  ///< Empty: no file is written.
  tool::verbosity verbosity = tool::verbosity::normal;
};

/// The command line makes no sense; `what()` tells a person why.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Reads what stands behind `belfry run`. All from the plugin's path on belongs to the plugin.
///
/// Throws usage_error.
run_options parse_run_options(const std::vector<std::string>& arguments);

/// The help for `belfry run`.
void print_run_help(std::ostream&);

}  // namespace belfry::tool

#endif
