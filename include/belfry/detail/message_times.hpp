// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_MESSAGE_TIMES_HPP
#define BELFRY_DETAIL_MESSAGE_TIMES_HPP

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace belfry::detail {

/// Where and when the last messages of one direction began: those that were published, or released, one by one or
/// together. One thread adds, any thread reads.
class message_times {
 public:
  /// What was published or released together, from `position` on.
  struct entry {
    std::uint64_t position;
    std::chrono::nanoseconds time;  ///< On the steady clock.
  };

  explicit message_times(std::size_t most) : entries_(most) {}

  void add(std::uint64_t position) noexcept {
    const std::uint64_t n = count_.load(std::memory_order_relaxed);
    auto& e = entries_[n % entries_.size()];
    e.position.store(position, std::memory_order_relaxed);
    e.time.store(std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count(),
                 std::memory_order_relaxed);
    count_.store(n + 1, std::memory_order_release);
  }

  /// The oldest first. One that is overwritten meanwhile is left out.
  std::vector<entry> all() const {
    const std::uint64_t end = count_.load(std::memory_order_acquire);
    const std::uint64_t begin = end > entries_.size() ? end - entries_.size() : 0;
    std::vector<entry> result;
    for (std::uint64_t n = begin; n != end; ++n) {
      const auto& e = entries_[n % entries_.size()];
      result.push_back({e.position.load(std::memory_order_relaxed),
                        std::chrono::nanoseconds(e.time.load(std::memory_order_relaxed))});
    }
    std::atomic_thread_fence(std::memory_order_acquire);
    const std::uint64_t now = count_.load(std::memory_order_relaxed);
    const std::uint64_t lost = now + 1 > begin + entries_.size() ? now + 1 - begin - entries_.size() : 0;
    if (now != end)
      result.erase(result.begin(),
                   result.begin() + static_cast<std::ptrdiff_t>(lost < result.size() ? lost : result.size()));
    return result;
  }

 private:
  struct slot {
    std::atomic<std::uint64_t> position{0};
    std::atomic<std::int64_t> time{0};
  };
  std::vector<slot> entries_;
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace belfry::detail

#endif
