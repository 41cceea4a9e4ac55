// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_COUNTED_INSTRUCTIONS_HPP
#define BELFRY_BENCH_SUPPORT_COUNTED_INSTRUCTIONS_HPP

#include <optional>

namespace belfry::bench {

/// Instructions that one message of 64 bytes costs.
struct instructions {
  double send = 0;
  double receive = 0;
};

/// Runs `belfry_bench instructions` under valgrind. Nothing if there is no valgrind here.
std::optional<instructions> count_instructions();

}  // namespace belfry::bench

#endif
