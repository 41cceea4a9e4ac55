// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_SPINNER_HPP
#define BELFRY_DETAIL_SPINNER_HPP

#include <belfry/detail/counter.hpp>
#include <belfry/detail/pacer.hpp>
#include <belfry/detail/processors.hpp>
#include <belfry/detail/segment_layout.hpp>
#include <belfry/detail/spin_budget.hpp>
#include <belfry/detail/wake.hpp>
#include <belfry/wait_policy.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>

namespace belfry::detail {

/// Looks again for a bounded time before its owner sleeps.
///
/// Thread safety: one thread at a time; the policy and the counts from any thread.
class spinner {
 public:
  using duration = spin_budget::duration;

  /// `own` is the word in which this side tells its only processor, `peer` that of the peer.
  spinner(shared_word& own, const shared_word& peer) noexcept : own_(own), peer_(peer) {}

  void policy(wait_policy p) noexcept {
    policy_.store(p, std::memory_order_relaxed);
    tell_only_processor();
  }
  wait_policy policy() const noexcept { return policy_.load(std::memory_order_relaxed); }

  /// Never sleep?
  bool endless() noexcept { return policy() == wait_policy::spin && peer_runs_elsewhere(); }

  /// Who may not spin for long, since others of its executor wait meanwhile.
  enum class patience { blocking, brief };

  /// A wait begins. For `messages` and `answer` see `pacer`.
  void begin(std::uint64_t messages, bool answer, patience p = patience::blocking) noexcept {
    pauses_ = pacer_.begin(messages, answer);
    time_ = allowance(p);
  }

  /// What to do between two looks.
  void pause() const noexcept {
    for (unsigned i = 0; i != pauses_; ++i) spin_pause();
  }

  /// The first part of spinning: an answer that comes at once comes before a clock could be read. Calls `hint`, which should
  /// be a matter of one load, some times. Returns whether it returned true.
  template <class Hint>
  bool comes_at_once(Hint hint) noexcept {
    if (time_ == duration::zero()) return false;
    for (unsigned i = 0; i != looks_without_clock; ++i) {
      pause();
      if (hint()) return won();
    }
    return false;
  }

  /// What follows: calls `look` until it returns true, or the time is over. Returns whether it did. Mostly it is only called
  /// where `hint` returns true.
  template <class Clock = std::chrono::steady_clock, class Hint, class Look>
  bool spin(Hint hint, Look look) {
    if (time_ == duration::zero()) return false;
    const auto start = Clock::now();
    for (auto before = start;;) {
      for (unsigned i = 0; i != looks_between_clocks; ++i) {
        pause();
        if (hint() && look()) return won();
      }
      if (look()) return won();
      const auto now = Clock::now();
      if (now - before > disturbance) return gave_up([&] { budget_.disturbed(); });
      if (now - start >= time_) return gave_up([&] { budget_.lost(); });
      before = now;
    }
  }

  /// How often spinning saved a sleep, and how often it did not. Any thread.
  std::uint64_t won_times() const noexcept { return won_.get(); }
  std::uint64_t lost_times() const noexcept { return lost_.get(); }

  /// Between two readings of the clock lies less than a microsecond, or this side did not run.
  static constexpr duration disturbance = std::chrono::microseconds(30);

 private:
  static constexpr unsigned looks_without_clock = 64;
  static constexpr unsigned looks_between_clocks = 16;
  /// What an operation that is not to be long takes of the time of one that blocks.
  static constexpr unsigned brief_part = 8;
  /// After so many waits for which it did not spin it asks again which processors there are.
  static constexpr unsigned waits_between_questions = 64;

  duration allowance(patience p) noexcept {
    const wait_policy now = policy();
    if (now == wait_policy::block || !peer_runs_elsewhere()) return duration::zero();
    if (now == wait_policy::spin && p == patience::blocking) return now.limit();
    const bool learned = now == wait_policy::adaptive || now == wait_policy::spin;
    if (!learned) return budget_.next_regardless(now.limit());
    const duration whole = budget_.next(wait_policy::adaptive.limit());
    return p == patience::brief ? whole / brief_part : whole;
  }

  /// Whether spinning does not keep the peer from running.
  bool peer_runs_elsewhere() noexcept {
    if (!several_processors()) return false;
    const std::uint64_t own = own_.load(std::memory_order_relaxed);
    if (own == 0 || own != peer_.load(std::memory_order_relaxed)) [[likely]]
      return true;
    if (++waits_alone_ % waits_between_questions == 0) tell_only_processor();
    return false;
  }
  void tell_only_processor() noexcept { own_.store(only_processor(), std::memory_order_relaxed); }

  bool won() noexcept {
    budget_.won();
    won_.add(1);
    return true;
  }
  template <class Note>
  bool gave_up(Note note) noexcept {
    note();
    lost_.add(1);
    tell_only_processor();
    return false;
  }

  shared_word& own_;
  const shared_word& peer_;
  std::atomic<wait_policy> policy_{wait_policy::adaptive};
  spin_budget budget_;
  pacer pacer_;
  unsigned pauses_ = 1;
  duration time_{};  // for which the wait may spin
  unsigned waits_alone_ = 0;
  counter won_, lost_;
};

static_assert(std::atomic<wait_policy>::is_always_lock_free, "set from any thread, at any time");

}  // namespace belfry::detail

#endif
