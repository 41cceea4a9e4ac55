// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_SPIN_BUDGET_HPP
#define BELFRY_DETAIL_SPIN_BUDGET_HPP

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace belfry::detail {

/// For how long to spin before a wait goes to sleep; learned from what the last ones won or lost.
///
/// To spin for as long as a wake-up takes costs at most twice what the better of the two would have cost (Karlin, Li,
/// Manasse and Owicki, "Empirical studies of competitive spinning for a shared-memory multiprocessor", 1991). Where that
/// loses it is done for half the time, and so on, and then not at all but for a trial now and then.
class spin_budget {
 public:
  using duration = std::chrono::nanoseconds;

  /// For how long this wait may spin, at most `limit`. Zero: not at all.
  duration next(duration limit) noexcept { return rests() ? duration::zero() : limit / (1U << halved_); }
  /// The same for one who spins whether it pays or not: but not while somebody else wants the processor.
  duration next_regardless(duration limit) noexcept { return rests() ? duration::zero() : limit; }

  /// What was waited for came meanwhile.
  void won() noexcept {
    rest_ = 0;
    if (halved_ != 0) --halved_;
  }
  /// It did not.
  void lost() noexcept {
    if (rest_ != 0 || ++halved_ == most_halved) rest();
  }
  /// Somebody else wanted this processor, perhaps the very peer.
  void disturbed() noexcept { rest(); }

  /// Waits without spinning from one trial to the next, at most.
  static constexpr std::uint32_t longest_rest = 1023;

 private:
  static constexpr unsigned most_halved = 5;

  bool rests() noexcept {
    if (resting_ == 0) return false;
    --resting_;
    return true;
  }
  void rest() noexcept {
    rest_ = std::min(2 * rest_ + 1, longest_rest);
    resting_ = rest_;
    halved_ = 0;
  }

  unsigned halved_ = 0;
  std::uint32_t rest_ = 0;     // waits between two trials; 0 as long as they win
  std::uint32_t resting_ = 0;  // of these, what is left
};

}  // namespace belfry::detail

#endif
