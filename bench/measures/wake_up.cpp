// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../subjects/subjects.hpp"
#include "../support/contest.hpp"
#include "commands.hpp"

#include <algorithm>

// From before the send to after the receive, where the receiver has slept for half a millisecond.

namespace belfry::bench {

void measure_wake_up(const options& o, report& r) {
  const auto s = all_subjects();
  for (const auto& name : s.missing) r.add_missing(name);
  std::vector<contestant> all;
  const auto add = [&](placement where) {
    for (const auto& who : s.all) {
      const std::size_t size = std::min<std::size_t>(64, who.largest);
      if (!who.wake_up || !who.carries(size, where.processors()) || !o.wants(who.name)) continue;
      const task t{.size = size, .where = where, .time = o.time};
      all.push_back({{who.name, "wake-up", size, where.processors(), who.policy, "us"},
                     [=, run = who.wake_up](outcome& out) { run(t, out); },
                     take_latency});
    }
  };
  if (has_two()) add(on_two());
  add(on_one());
  run_contest(std::move(all), o.rounds, r);
}

}  // namespace belfry::bench
