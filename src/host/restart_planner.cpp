// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "restart_planner.hpp"

#include <algorithm>
#include <cmath>

namespace belfry::detail {

restart_planner::plan restart_planner::after(const ending& e, clock::time_point now) {
  const bool wanted = options_.policy == restart::always || (options_.policy == restart::on_failure && e.failed);
  if (!wanted) return {step::rest, {}, {}};

  if (!e.failed || e.got_something_done || e.lived >= options_.stable_after) in_a_row_ = 0;
  if (e.failed) ++in_a_row_;
  if (options_.limit_in_a_row != 0 && in_a_row_ > options_.limit_in_a_row) {
    return {step::give_up, {}, "it failed " + std::to_string(in_a_row_) + " times in a row"};
  }
  while (!restarts_.empty() && now - restarts_.front() >= options_.within) restarts_.pop_front();
  if (options_.limit != 0) {
    if (restarts_.size() >= options_.limit) {
      return {step::give_up,
              {},
              "it was started again " + std::to_string(restarts_.size()) + " times within " +
                  std::to_string(options_.within.count()) + " ms"};
    }
    restarts_.push_back(now);
  }
  return {step::restart, delay(), {}};
}

std::chrono::milliseconds restart_planner::delay() {
  // In floating point, where nothing overflows; a row may be long.
  const auto first = static_cast<double>(options_.first_delay.count());
  const auto longest = static_cast<double>(options_.longest_delay.count());
  const double steps = in_a_row_ > 1 ? in_a_row_ - 1 : 0;
  double wait = std::min(first * std::pow(std::max(options_.growth, 1.0), steps), longest);
  const double part = std::clamp(options_.jitter, 0.0, 1.0);
  wait = std::min(wait * (1 - part + 2 * part * random_()), longest);
  return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(std::max(wait, 0.0)));
}

}  // namespace belfry::detail
