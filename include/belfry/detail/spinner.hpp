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

namespace belfry::detail {

/// Whether the machine has more than one processor. On one, spinning keeps the peer from running.
bool several_processors() noexcept;

/// Lets others run, if any wait for this processor.
void yield_processor() noexcept;

/// Looks again a bounded number of times before its owner sleeps, and learns whether that pays.
class spinner {
 public:
  void policy(wait_policy p) noexcept { policy_.store(p, std::memory_order_relaxed); }
  wait_policy policy() const noexcept { return policy_.load(std::memory_order_relaxed); }

  /// Never sleep?
  bool endless() const noexcept { return policy() == wait_policy::spin && several_processors(); }

  /// Calls `look` until it returns true, or the budget is spent. Returns whether it did.
  template <class Look>
  bool spin(Look look) {
    if (policy() == wait_policy::block || !several_processors()) return false;
    for (unsigned i = 0; i != budget_; ++i) {
      if (look()) {
        budget_ = std::min(budget_ * 2, most);
        won_.add(1);
        return true;
      }
      spin_pause();
    }
    budget_ = std::max(budget_ / 2, least);
    return false;
  }

  /// How often spinning saved a sleep. Any thread.
  std::uint64_t won() const noexcept { return won_.get(); }

 private:
  // In pauses, which take 5 to 50 ns by the processor: at most about what a wake-up between processors costs. The
  // least is what keeps it trying, so that it notices when spinning pays again.
  static constexpr unsigned most = 2000;
  static constexpr unsigned least = 20;

  std::atomic<wait_policy> policy_{wait_policy::adaptive};
  unsigned budget_ = most;
  counter won_;
};

}  // namespace belfry::detail

#endif
