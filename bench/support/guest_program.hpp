// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_GUEST_PROGRAM_HPP
#define BELFRY_BENCH_SUPPORT_GUEST_PROGRAM_HPP

#include <filesystem>
#include <string>

namespace belfry::bench {

/// The plugin that the benchmarks launch, which stands beside them.
inline std::filesystem::path guest_program() {
  return std::filesystem::read_symlink("/proc/self/exe").replace_filename("belfry_bench_guest");
}

}  // namespace belfry::bench

#endif
