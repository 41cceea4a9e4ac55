// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TOOL_AUTOPSY_HPP
#define BELFRY_TOOL_AUTOPSY_HPP

#include <iosfwd>
#include <string>
#include <vector>

namespace belfry::tool {

/// What `belfry autopsy` was asked to do.
struct autopsy_options {
  bool help = false;
  bool json = false;
  std::string file;
};

/// Reads what stands behind `belfry autopsy`. Throws usage_error.
autopsy_options parse_autopsy_options(const std::vector<std::string>& arguments);

/// The help for `belfry autopsy`.
void print_autopsy_help(std::ostream&);

/// Prints the file. Throws what tells a person why it cannot be read.
void print_autopsy(const autopsy_options&);

}  // namespace belfry::tool

#endif
