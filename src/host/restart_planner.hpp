// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_RESTART_PLANNER_HPP
#define BELFRY_SRC_HOST_RESTART_PLANNER_HPP

#include <belfry/supervisor_options.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>

namespace belfry::detail {

/// Decides whether a plugin is started again, and when. Knows no clock and no process.
///
/// Sources: the back-off with jitter follows common practice; the limit per time is that of Erlang's supervisors.
class restart_planner {
 public:
  using clock = std::chrono::steady_clock;

  /// `random` gives numbers from 0 up to, and without, 1.
  restart_planner(const restart_options& options, std::function<double()> random)
      : options_(options), random_(std::move(random)) {}

  /// How a plugin ended.
  struct ending {
    bool failed = false;
    bool got_something_done = false;
    std::chrono::nanoseconds lived{0};
  };

  enum class step { restart, rest, give_up };
  struct plan {
    step next = step::restart;
    std::chrono::milliseconds delay{0};
    std::string why;  ///< With `give_up`.
  };

  plan after(const ending&, clock::time_point now);

 private:
  std::chrono::milliseconds delay();

  restart_options options_;
  std::function<double()> random_;
  unsigned in_a_row_ = 0;
  std::deque<clock::time_point> restarts_;  // at most as many as are allowed
};

}  // namespace belfry::detail

#endif
