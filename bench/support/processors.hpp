// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_PROCESSORS_HPP
#define BELFRY_BENCH_SUPPORT_PROCESSORS_HPP

#include <initializer_list>
#include <vector>

#include <sched.h>

namespace belfry::bench {

/// The processors that this program may use, as it was started.
inline const std::vector<int>& usable_processors() {
  static const std::vector<int> usable = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    ::sched_getaffinity(0, sizeof set, &set);
    std::vector<int> some;
    for (int i = 0; i != CPU_SETSIZE; ++i) {
      if (CPU_ISSET(i, &set)) some.push_back(i);
    }
    return some;
  }();
  return usable;
}

/// From now on this thread runs on these and nowhere else.
inline void allow_only(std::initializer_list<int> processors) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int processor : processors) CPU_SET(processor, &set);
  ::sched_setaffinity(0, sizeof set, &set);
}
inline void pin_to(int processor) { allow_only({processor}); }

/// Where the two sides of a measurement run.
struct placement {
  int first;
  int second;
  int processors() const { return first == second ? 1 : 2; }
};

inline placement on_one() { return {usable_processors().at(0), usable_processors().at(0)}; }
inline placement on_two() { return {usable_processors().at(0), usable_processors().at(1)}; }
inline bool has_two() { return usable_processors().size() > 1; }

}  // namespace belfry::bench

#endif
