// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../subjects/subjects.hpp"
#include "../support/contest.hpp"
#include "commands.hpp"

namespace belfry::bench {

void measure_ping_pong(const options& o, report& r) {
  const auto s = all_subjects();
  for (const auto& name : s.missing) r.add_missing(name);
  std::vector<contestant> all;
  const auto add = [&](placement where) {
    for (const std::size_t size : message_sizes) {
      for (const auto& who : s.all) {
        if (!who.ping_pong || !who.carries(size, where.processors()) || !o.wants(size) || !o.wants(who.name)) continue;
        if (o.quick && size != 64 && size != who.largest) continue;
        const task t{.size = size, .where = where, .time = o.time};
        all.push_back({{who.name, "round trip", size, where.processors(), who.policy, "us"},
                       [=, run = who.ping_pong](outcome& out) { run(t, out); },
                       take_latency});
      }
    }
  };
  if (has_two()) add(on_two());
  add(on_one());
  run_contest(std::move(all), o.rounds, r);
}

}  // namespace belfry::bench
