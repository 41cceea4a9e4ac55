// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_SLEEPER_HPP
#define BELFRY_DETAIL_SLEEPER_HPP

#include <belfry/detail/counter.hpp>
#include <belfry/detail/segment_layout.hpp>
#include <belfry/wait_policy.hpp>

#include <cstdint>

namespace belfry::detail {

/// The sleeper's half of a wake-up: see detail/wake.hpp.
///
/// A waker's order costs it some ten nanoseconds a message, more than all else that it does. A side that stays awake for
/// many messages excuses its waker from that, and makes up for it by `membarrier` before it sleeps: some microseconds,
/// and an interrupt for each processor that runs a process which takes part. So it does so only if the other process
/// takes part, where the policy is not to sleep at once, and after so many messages without a sleep that it has paid.
///
/// Both ways to order are full ones, and the word is replaced before either, so that a waker may be excused and called
/// back at any time. doc/model has a model of this.
///
/// Thread safety: one thread at a time.
class sleeper {
 public:
  /// `word` is this side's; `takes_part` the peer's.
  sleeper(shared_word& word, const shared_word& takes_part) noexcept : word_(word), takes_part_(takes_part) {}

  /// Asks to be woken at the position `wanted`, and orders: look again before you sleep. `messages` is what has gone this
  /// way so far.
  void ask(std::uint64_t wanted, std::uint64_t messages) noexcept;
  /// Nobody sleeps any more. Whoever has not been woken need not be.
  void rest() noexcept { asked_ = false; }
  /// The same, and a ring is wanted at `wanted` at the latest, if at all.
  void rest(std::uint64_t wanted) noexcept;

  /// For a side that found nothing and does not sleep yet. Whether it will is not known; but if it has found nothing
  /// before, and then something without a sleep, it is one that does not.
  void found_nothing(std::uint64_t messages, wait_policy policy) noexcept {
    if (messages == found_nothing_at_) return;
    const bool not_the_first_time = found_nothing_at_ > since_;
    found_nothing_at_ = messages;
    if (not_the_first_time) stays_awake(messages, policy);
  }

  /// For a side that has found what it looked for all the time: it does not sleep either.
  void stays_awake(std::uint64_t messages, wait_policy policy) noexcept {
    if (messages - since_ >= pays_after_ && !asked_ && !excused_) excuse(policy);
  }

  /// How often `membarrier` was called. Any thread.
  std::uint64_t barriers() const noexcept { return barriers_.get(); }

 private:
  void excuse(wait_policy) noexcept;
  void order_everywhere() noexcept;

  shared_word& word_;
  const shared_word& takes_part_;
  bool asked_ = false;                  // somebody sleeps, or will
  bool excused_ = false;                // the waker is
  bool refused_ = false;                // the system has refused a barrier
  std::uint64_t since_ = 0;             // messages at the last sleep
  std::uint64_t found_nothing_at_ = 0;  // messages
  std::uint64_t pays_after_ = 4096;     // messages; learned
  counter barriers_;
};

/// Lets this process take part. False: the system does not have it.
bool take_part_in_barriers() noexcept;

}  // namespace belfry::detail

#endif
