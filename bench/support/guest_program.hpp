// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_GUEST_PROGRAM_HPP
#define BELFRY_BENCH_SUPPORT_GUEST_PROGRAM_HPP

#include <cstdint>
#include <filesystem>

namespace belfry::bench {

/// The plugin that the benchmarks launch, which stands beside them.
inline std::filesystem::path guest_program() {
  return std::filesystem::read_symlink("/proc/self/exe").replace_filename("belfry_bench_guest");
}

/// The moments of a guest's start, by the steady clock, which is the same in all processes.
struct guest_moments {
  std::int64_t main_ns = 0;      ///< When main was entered.
  std::int64_t attached_ns = 0;  ///< When it had shaken hands; 0 if it is no plugin this time.
};

/// A message of this kind is answered with `guest_moments`; every other is sent back.
inline constexpr std::uint16_t asks_for_moments = 2;

}  // namespace belfry::bench

#endif
