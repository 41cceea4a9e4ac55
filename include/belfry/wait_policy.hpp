// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_WAIT_POLICY_HPP
#define BELFRY_WAIT_POLICY_HPP

#include <algorithm>
#include <chrono>

namespace belfry {

/// How an end of a channel waits for its peer: whether it looks again and again, and for how long, before it sleeps.
///
/// Whatever the policy, no wait looks again where both sides may use but one and the same processor. Asynchronous
/// operations never look for longer than the executor's other handlers can be kept waiting: with `spin` they do as with
/// `adaptive`.
class wait_policy {
 public:
  /// Sleeps at once: no processor time while waiting, a wake-up's time when the peer comes.
  static const wait_policy block;
  /// Looks again for about as long as a wake-up costs (50 microseconds at most; an asynchronous operation 6), then sleeps.
  /// Where that did not pay it does so for a shorter time, or not at all: so not while there are more threads than
  /// processors. The default.
  static const wait_policy adaptive;
  /// Never sleeps. For a processor of one's own; if somebody else wants it, that one is let run from time to time.
  static const wait_policy spin;
  /// Looks again for `limit`, whether that has paid or not, then sleeps; for an asynchronous operation, too, during which
  /// no other handler of its thread runs. Not while others want the processor. With 0 or less this is `block`.
  static constexpr wait_policy spin_for(std::chrono::nanoseconds limit) noexcept {
    return wait_policy(std::clamp(limit, std::chrono::nanoseconds::zero(), longest));
  }

  /// For how long it looks at most. Of `spin` that is the longest time there is.
  constexpr std::chrono::nanoseconds limit() const noexcept {
    return limit_ == learned ? std::chrono::nanoseconds(std::chrono::microseconds(50)) : limit_;
  }

  friend constexpr bool operator==(wait_policy a, wait_policy b) noexcept { return a.limit_ == b.limit_; }

 private:
  explicit constexpr wait_policy(std::chrono::nanoseconds limit) noexcept : limit_(limit) {}

  static constexpr std::chrono::nanoseconds endless = std::chrono::nanoseconds::max();
  static constexpr std::chrono::nanoseconds longest = endless - std::chrono::nanoseconds(1);
  static constexpr std::chrono::nanoseconds learned{-1};

  std::chrono::nanoseconds limit_;
};

inline constexpr wait_policy wait_policy::block{std::chrono::nanoseconds::zero()};
inline constexpr wait_policy wait_policy::adaptive{wait_policy::learned};
inline constexpr wait_policy wait_policy::spin{wait_policy::endless};

}  // namespace belfry

#endif
