// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../subjects/subjects.hpp"
#include "../support/contest.hpp"
#include "commands.hpp"

#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

// From when a message was due to when it was received, at fixed rates, and the processor time that the receiver takes for
// it. The sender waits for its next message's time without sleeping, so its own use says nothing.

namespace belfry::bench {
namespace {

struct rate_name {
  double rate;
  const char* text;
};
constexpr rate_name rates[] = {{1e3, "1 k/s"}, {1e4, "10 k/s"}, {1e5, "100 k/s"}, {3e5, "300 k/s"}, {1e6, "1 M/s"}};

}  // namespace

void measure_offered_rate(const options& o, report& r) {
  if (!has_two()) return r.add_missing("offered-rate (it takes two processors)");
  const auto s = all_subjects();
  for (const auto& name : s.missing) r.add_missing(name);
  constexpr std::size_t size = 64;
  struct pair_of_rows {
    row latency;
    row cpu;
    int late = 0;  ///< Rounds in which the messages did not go through as fast as they were due.
  };
  std::vector<pair_of_rows> rows;
  std::vector<std::function<void(pair_of_rows&)>> runs;
  for (const auto& [rate, text] : rates) {
    for (const auto& who : s.all) {
      if (!who.offered_rate || !who.carries(size, 2) || !o.wants(who.name)) continue;
      if (o.quick && rate != 1e5) continue;
      const task t{.size = size, .where = on_two(), .time = o.time, .rate = rate};
      rows.push_back({{who.name, std::string("latency at ") + text, size, 2, who.policy, "us"},
                      {who.name, std::string("receiver's processor at ") + text, size, 2, who.policy, "%"}});
      runs.push_back([t, run = who.offered_rate](pair_of_rows& p) {
        shared<outcome> out;
        run(t, *out);
        if (out->rate < 0.9 * t.rate) ++p.late;
        // One that is very late has nothing to show when the time is over.
        if (out->latency.count() == 0) return;
        p.latency.add(out->latency);
        const double seconds = static_cast<double>(out->second.messages) / out->rate;
        p.cpu.rounds.push_back(out->second.cpu_us / 1e4 / seconds);
      });
    }
  }
  for (int round = 0; round != o.rounds; ++round) {
    for (std::size_t i = 0; i != rows.size(); ++i) runs[i](rows[i]);
  }
  for (auto& p : rows) {
    char note[64];
    std::snprintf(note, sizeof note, "processor %.0f %%%s", p.cpu.p50(),
                  2 * p.late > o.rounds ? ", cannot keep up" : "");
    p.latency.note = note;
    r.add(std::move(p.latency));
  }
  for (auto& p : rows) r.add(std::move(p.cpu));
}

}  // namespace belfry::bench
