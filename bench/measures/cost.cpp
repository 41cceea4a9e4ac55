// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../subjects/subjects.hpp"
#include "../support/contest.hpp"
#include "commands.hpp"

#include <functional>

// What a message of 64 bytes takes besides time: of both sides together, processor time, system calls and switches to
// another process. Counting system calls makes them slower, so the times of these runs are not told.

namespace belfry::bench {
namespace {

double per_message(const outcome& o, double of_first, double of_second) {
  const auto share = [](double what, std::uint64_t messages) {
    return messages == 0 ? 0 : what / static_cast<double>(messages);
  };
  return share(of_first, o.first.messages) + share(of_second, o.second.messages);
}

struct kind {
  const char* measure;
  const char* unit;
  std::function<double(const outcome&)> figure;
};

std::vector<kind> kinds(bool with_system_calls, double messages_of_each) {
  const auto of = [=](auto member) {
    return [=](const outcome& o) {
      return per_message(o, static_cast<double>(o.first.*member), static_cast<double>(o.second.*member)) /
             messages_of_each;
    };
  };
  std::vector<kind> all{{"processor time", "us a message", of(&usage::cpu_us)},
                        {"switches", "a message", of(&usage::switches)}};
  if (with_system_calls) all.push_back({"system calls", "a message", of(&usage::system_calls)});
  return all;
}

}  // namespace

void measure_cost(const options& o, report& r) {
  const auto s = all_subjects();
  for (const auto& name : s.missing) r.add_missing(name);
  const bool with_system_calls = can_count_system_calls();
  if (!with_system_calls) r.add_missing("system calls (only root may count them, mostly)");

  struct entry {
    std::vector<row> rows;
    std::vector<kind> figures;
    std::function<void(const task&, outcome&)> run;
    task t;
  };
  std::vector<entry> all;
  const auto add = [&](const subject& who, const char* how, double messages_of_each, auto run, placement where) {
    const std::size_t size = std::min<std::size_t>(64, who.largest);
    if (!run || !who.carries(size, where.processors()) || !o.wants(who.name)) return;
    const task t{.size = size, .where = where, .time = o.time, .count_system_calls = with_system_calls};
    entry e{{}, kinds(with_system_calls, messages_of_each), run, t};
    for (const auto& k : e.figures) {
      e.rows.push_back({who.name, std::string(k.measure) + how, size, where.processors(), who.policy, k.unit});
    }
    all.push_back(std::move(e));
  };
  const auto where = has_two() ? on_two() : on_one();
  // In a round trip each side has two messages.
  for (const auto& who : s.all) add(who, ", round trips", 2, who.ping_pong, where);
  for (const auto& who : s.all) add(who, ", at full rate", 1, who.throughput, where);

  for (int round = 0; round != o.rounds; ++round) {
    for (auto& e : all) {
      shared<outcome> out;
      e.run(e.t, *out);
      for (std::size_t i = 0; i != e.rows.size(); ++i) e.rows[i].rounds.push_back(e.figures[i].figure(*out));
    }
  }
  // One table after the other.
  for (const char* how : {", round trips", ", at full rate"}) {
    for (const auto& k : kinds(with_system_calls, 1)) {
      for (auto& e : all) {
        for (auto& result : e.rows) {
          if (result.measure == std::string(k.measure) + how) r.add(result);
        }
      }
    }
  }
}

}  // namespace belfry::bench
