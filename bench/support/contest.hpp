// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_CONTEST_HPP
#define BELFRY_BENCH_SUPPORT_CONTEST_HPP

#include "options.hpp"
#include "report.hpp"
#include "shared_memory.hpp"
#include "task.hpp"

#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace belfry::bench {

/// Who is measured, and how: `run` fills an outcome, and `take` puts what it wants of it into the row.
struct contestant {
  row result;
  std::function<void(outcome&)> run;
  std::function<void(const outcome&, row&)> take;
};

/// Lets all take their turn in each round, so that what slows the machine for a while slows them all. Their rows go into
/// the report.
inline void run_contest(std::vector<contestant> all, int rounds, report& r) {
  for (int round = 0; round != rounds; ++round) {
    for (auto& c : all) {
      shared<outcome> o;
      try {
        c.run(*o);
      } catch (const std::exception& e) {
        throw std::runtime_error(c.result.subject + " (" + c.result.policy + "), " + c.result.measure + ", " +
                                 std::to_string(c.result.size) + " bytes: " + e.what());
      }
      c.take(*o, c.result);
    }
  }
  for (auto& c : all) r.add(std::move(c.result));
}

inline void take_latency(const outcome& o, row& r) { r.add(o.latency); }
inline void take_rate(const outcome& o, row& r) { r.rounds.push_back(o.rate / 1e6); }

/// All sizes that measures take.
inline constexpr std::size_t message_sizes[] = {8, 64, 1024, 4096, 65536, 1 << 20};

}  // namespace belfry::bench

#endif
