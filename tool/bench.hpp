// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TOOL_BENCH_HPP
#define BELFRY_TOOL_BENCH_HPP

#include <string>
#include <vector>

namespace belfry::tool {

/// Becomes the program `belfry_bench` that stands beside this one, which gets the arguments as they are. Returns, with the
/// command's exit status, only if that is not there or cannot be executed, and says so.
int bench(std::vector<std::string> arguments);

}  // namespace belfry::tool

#endif
