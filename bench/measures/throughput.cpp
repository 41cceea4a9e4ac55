// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../subjects/subjects.hpp"
#include "../support/contest.hpp"
#include "commands.hpp"

namespace belfry::bench {

void measure_throughput(const options& o, report& r) {
  const auto s = all_subjects();
  for (const auto& name : s.missing) r.add_missing(name);
  std::vector<contestant> all;
  const auto add = [&](placement where) {
    for (const std::size_t size : message_sizes) {
      for (const auto& who : s.all) {
        if (!who.throughput || !who.carries(size, where.processors()) || !o.wants(size) || !o.wants(who.name)) continue;
        if (o.quick && size != 64 && size != who.largest) continue;
        const task t{.size = size, .where = where, .time = o.time};
        all.push_back({{who.name, "throughput", size, where.processors(), who.policy, "million messages/s"},
                       [=, run = who.throughput](outcome& out) { run(t, out); },
                       [size](const outcome& out, row& result) {
                         take_rate(out, result);
                         char note[64];
                         std::snprintf(note, sizeof note, "%.2f GB/s", result.p50() * static_cast<double>(size) / 1e3);
                         result.note = note;
                       }});
      }
    }
  };
  if (has_two()) add(on_two());
  add(on_one());
  run_contest(std::move(all), o.rounds, r);
}

}  // namespace belfry::bench
