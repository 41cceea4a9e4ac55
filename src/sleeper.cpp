// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "posix/barrier.hpp"

#include <belfry/detail/sleeper.hpp>
#include <belfry/detail/wake.hpp>

#include <algorithm>
#include <chrono>

namespace belfry::detail {

void sleeper::ask(std::uint64_t wanted, std::uint64_t messages) noexcept {
  asked_ = true;
  since_ = messages;
  word_.store(wake_word::at(wanted), std::memory_order_relaxed);
  if (!excused_) return full_fence();
  excused_ = false;
  order_everywhere();
}

void sleeper::rest(std::uint64_t wanted) noexcept {
  asked_ = false;
  word_.store(wake_word::at(wanted), std::memory_order_relaxed);
}

void sleeper::excuse(wait_policy policy) noexcept {
  // What the peer says of itself is believed: if it is not true, it is the peer that is not heard.
  const bool possible = !refused_ && takes_part_.load(std::memory_order_acquire) == 1;
  if (!possible || policy == wait_policy::block) return;
  excused_ = true;
  word_.store(wake_word::excused, std::memory_order_relaxed);
}

void sleeper::order_everywhere() noexcept {
  using namespace std::chrono;
  const auto start = steady_clock::now();
  if (!posix::barrier()) {
    // It had been there when the waker was excused; something has locked this process in since then.
    refused_ = true;
    full_fence();
    return posix::outwait_stores();
  }
  barriers_.add(1);
  // A waker saves at least 5 ns a message, so that then the barrier costs less than half of what it saves.
  const auto cost_ns = static_cast<std::uint64_t>((steady_clock::now() - start).count());
  pays_after_ = std::clamp<std::uint64_t>(cost_ns / 2, 1024, 1 << 20);
}

bool take_part_in_barriers() noexcept { return posix::register_for_barriers(); }

}  // namespace belfry::detail
