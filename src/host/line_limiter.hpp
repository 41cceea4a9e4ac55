// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_LINE_LIMITER_HPP
#define BELFRY_SRC_HOST_LINE_LIMITER_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace belfry::detail {

/// Lets so many lines a second pass, and a burst of them after a silence: a token bucket.
class line_limiter {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  line_limiter(std::size_t lines_per_second, std::size_t burst_lines, time_point now)
      : a_second_(static_cast<double>(lines_per_second)),
        most_(static_cast<double>(burst_lines)),
        tokens_(most_),
        last_(now) {}

  /// Whether a line may pass now; if not, it counts as dropped.
  bool pass(time_point now) noexcept {
    refill(now);
    if (tokens_ < 1) {
      ++dropped_;
      return false;
    }
    tokens_ -= 1;
    return true;
  }

  /// How many were dropped since the last such question.
  std::uint64_t take_dropped() noexcept { return std::exchange(dropped_, 0); }

 private:
  void refill(time_point now) noexcept {
    if (now <= last_) return;
    tokens_ += a_second_ * std::chrono::duration<double>(now - last_).count();
    if (tokens_ > most_) tokens_ = most_;
    last_ = now;
  }

  double a_second_;
  double most_;
  double tokens_;
  time_point last_;
  std::uint64_t dropped_ = 0;
};

}  // namespace belfry::detail

#endif
