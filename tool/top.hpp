// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TOOL_TOP_HPP
#define BELFRY_TOOL_TOP_HPP

#include <chrono>
#include <iosfwd>
#include <string>
#include <vector>

namespace belfry::tool {

/// What `belfry top` was asked to do.
struct top_options {
  bool help = false;
  bool once = false;  ///< Print one table and end.
  bool json = false;  ///< Print JSON instead of a table.
  std::chrono::milliseconds interval{};
};

/// Reads what stands behind `belfry top`. Throws usage_error.
top_options parse_top_options(const std::vector<std::string>& arguments);

/// The help for `belfry top`.
void print_top_help(std::ostream&);

/// Shows the running channels. Returns the command's exit status.
int top(const top_options&);

}  // namespace belfry::tool

#endif
