// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_CRASH_HOST_DEATHS_HPP
#define BELFRY_TEST_CRASH_HOST_DEATHS_HPP

#include <chrono>
#include <cstdint>

namespace belfry::test {

/// Starts hosts of several busy plugins, one after the other, and ends each at a random moment; then tells what is left of
/// their plugins after `patience`, and what of files. The last line are the totals. Returns the status for the program's end.
int kill_hosts(std::uint64_t hosts, std::uint64_t seed, std::chrono::milliseconds patience, bool verbose);

}  // namespace belfry::test

#endif
