// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TOOL_TOP_TABLE_HPP
#define BELFRY_TOOL_TOP_TABLE_HPP

#include <belfry/observer.hpp>

#include <string>
#include <vector>

namespace belfry::tool {

/// One line that says how many there are.
std::string top_summary(const std::vector<observed_channel>&);

/// A line of headings, and a line for each channel.
std::vector<std::string> top_table(const std::vector<observed_channel>&);

}  // namespace belfry::tool

#endif
