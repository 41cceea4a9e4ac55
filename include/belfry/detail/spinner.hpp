// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_SPINNER_HPP
#define BELFRY_DETAIL_SPINNER_HPP

#include <belfry/detail/counter.hpp>
#include <belfry/detail/wake.hpp>
#include <belfry/wait_policy.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace belfry::detail {

/// Whether the machine has more than one processor. On one, spinning keeps the peer from running.
bool several_processors() noexcept;

/// Lets others run, if any wait for this processor.
void yield_processor() noexcept;

/// For how long to spin before a wait goes to sleep; learned from what the last ones won or lost.
///
/// To spin for as long as a wake-up takes costs at most twice what the better of the two would have cost (Karlin, Li,
/// Manasse and Owicki, "Empirical studies of competitive spinning for a shared-memory multiprocessor", 1991). Where that
/// loses it is done for half the time, and so on, and then not at all but for a trial now and then.
class spin_budget {
 public:
  using duration = std::chrono::nanoseconds;

  /// For how long this wait may spin, at most `limit`. Zero: not at all.
  duration next(duration limit) noexcept {
    if (resting_ == 0) return limit / (1U << halved_);
    --resting_;
    return duration::zero();
  }
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

 private:
  static constexpr unsigned most_halved = 5;
  static constexpr std::uint32_t longest_rest = 1023;

  void rest() noexcept {
    rest_ = std::min(2 * rest_ + 1, longest_rest);
    resting_ = rest_;
    halved_ = 0;
  }

  unsigned halved_ = 0;
  std::uint32_t rest_ = 0;     // waits between two trials; 0 as long as they win
  std::uint32_t resting_ = 0;  // of these, what is left
};

/// How long to leave the peer alone between two looks. To look at a word takes its cache line away from who writes it. A
/// side that takes a stream loses nothing by letting some more come first; one that waits for an answer does.
class pacer {
 public:
  /// A wait begins. `messages` is what has gone this way so far; `answer`: what comes next answers something of ours.
  /// Returns the pauses before each look.
  unsigned begin(std::uint64_t messages, bool answer) noexcept {
    const std::uint64_t since = messages - before_;
    before_ = messages;
    if (answer) return 0;
    // Did it pay the last time? If single messages come, though slowly, it did not.
    if (paced_) doubt_ = since >= 2 ? 0 : std::min(2 * doubt_ + 1, most_doubt);
    paced_ = doubt_ == 0 || --countdown_ == 0;
    if (paced_) countdown_ = doubt_;
    return paced_ ? pauses : 1;
  }

 private:
  static constexpr unsigned pauses = 30;
  static constexpr unsigned most_doubt = 63;

  std::uint64_t before_ = 0;
  bool paced_ = false;
  unsigned doubt_ = 0;  // waits between two trials; 0 as long as it pays
  unsigned countdown_ = 0;
};

/// Looks again for a bounded time before its owner sleeps.
class spinner {
 public:
  using duration = spin_budget::duration;

  /// About what it takes to wake a sleeper on another processor, where that takes long.
  static constexpr duration default_limit = std::chrono::microseconds(50);

  void policy(wait_policy p) noexcept { policy_.store(p, std::memory_order_relaxed); }
  wait_policy policy() const noexcept { return policy_.load(std::memory_order_relaxed); }
  void limit(duration d) noexcept { limit_.store(std::max(d, duration::zero()), std::memory_order_relaxed); }

  /// Never sleep?
  bool endless() const noexcept { return policy() == wait_policy::spin && several_processors(); }

  /// A wait begins: see `pacer`.
  void begin(std::uint64_t messages, bool answer) noexcept { pauses_ = pacer_.begin(messages, answer); }

  /// What to do between two looks.
  void pause() const noexcept {
    for (unsigned i = 0; i != pauses_; ++i) spin_pause();
  }

  /// Calls `look` until it returns true, or the time is over: `1 / part` of what would be allowed. Returns whether it did.
  /// Mostly it is only called where `hint`, which should be a matter of one load, returns true.
  template <class Hint, class Look>
  bool spin(Hint hint, Look look, unsigned part = 1) {
    if (policy() == wait_policy::block || !several_processors()) return false;
    const duration time = budget_.next(limit_.load(std::memory_order_relaxed)) / part;
    if (time == duration::zero()) return false;
    using clock = std::chrono::steady_clock;
    // An answer that comes at once comes before a clock could be read.
    for (unsigned i = 0; i != looks_without_clock; ++i) {
      pause();
      if (hint() && look()) return won();
    }
    const auto start = clock::now();
    for (auto before = start;;) {
      for (unsigned i = 0; i != looks_between_clocks; ++i) {
        pause();
        if (hint() && look()) return won();
      }
      if (look()) return won();
      const auto now = clock::now();
      if (now - before > disturbance) {
        budget_.disturbed();
        return false;
      }
      if (now - start >= time) {
        budget_.lost();
        return false;
      }
      before = now;
    }
  }

  /// How often spinning saved a sleep. Any thread.
  std::uint64_t won_times() const noexcept { return won_.get(); }

 private:
  static constexpr unsigned looks_without_clock = 64;
  static constexpr unsigned looks_between_clocks = 16;
  /// Between two readings of the clock lies less than a microsecond, or this side did not run.
  static constexpr duration disturbance = std::chrono::microseconds(30);

  bool won() noexcept {
    budget_.won();
    won_.add(1);
    return true;
  }

  std::atomic<wait_policy> policy_{wait_policy::adaptive};
  std::atomic<duration> limit_{default_limit};
  spin_budget budget_;
  pacer pacer_;
  unsigned pauses_ = 1;
  counter won_;
};

}  // namespace belfry::detail

#endif
