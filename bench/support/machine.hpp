// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_MACHINE_HPP
#define BELFRY_BENCH_SUPPORT_MACHINE_HPP

#include <string>
#include <utility>
#include <vector>

namespace belfry::bench {

/// What the figures depend on, as names and values: processor, cores, how they lie to each other, kernel, compiler,
/// versions of the libraries. What is measured of it is measured when this is first called.
const std::vector<std::pair<std::string, std::string>>& machine();

}  // namespace belfry::bench

#endif
