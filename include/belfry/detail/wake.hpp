// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_WAKE_HPP
#define BELFRY_DETAIL_WAKE_HPP

#include <belfry/detail/segment_layout.hpp>
#include <belfry/detail/tsan.hpp>

#include <atomic>
#include <cstdint>

namespace belfry::detail {

// Who sleeps asks for a position, orders, and looks again; who wakes publishes a position, orders, and looks whether one
// was asked for. To order is to have all earlier stores seen before any later load; if either side does not, a wake-up can
// be lost. This is the waker's half, which runs with every message; the sleeper's is detail/sleeper.hpp.
//
// Source: virtio 1.2, section 2.7.10 (event index); the store-load pattern is Dekker's.

/// Orders all earlier stores before all later loads, on this processor.
inline void full_fence() noexcept {
#if defined(BELFRY_DETAIL_TSAN)
  // ThreadSanitizer does not understand fences; a read-modify-write on any common word orders just as well.
  static std::atomic<int> dummy{0};
  dummy.fetch_add(0, std::memory_order_seq_cst);
#else
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

/// Tells the processor that this is a loop that waits for memory to change.
inline void spin_pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#else
  std::atomic_signal_fence(std::memory_order_seq_cst);
#endif
}

/// The word by which a side asks to be woken. Positions are multiples of 8, so the lowest three bits are free.
namespace wake_word {
/// The waker need not order: this side does not sleep before it has replaced the word and made all processors order
/// (membarrier). So whatever order the waker's store and its look at this word took effect in, either the store came
/// before that, and the sleeper sees it when it looks again, or the look came after it, and finds the word replaced.
inline constexpr std::uint64_t excused = 2;

/// To be woken at `wanted`: the number in whose place the comparison below works for multiples of 8.
constexpr std::uint64_t at(std::uint64_t wanted) noexcept { return wanted - 7; }
}  // namespace wake_word

/// What a waker asks when it has published: whether it need neither order nor look any further.
inline bool is_excused(const shared_word& wake_at) noexcept {
  std::atomic_signal_fence(std::memory_order_seq_cst);  // that the compiler keeps the order is all that is needed
  return (wake_at.load(std::memory_order_relaxed) & wake_word::excused) != 0;
}

/// Whether a bell must be rung: the one who sleeps wants `wake_at`, and the position went from `before` to `now`.
/// True just if before < wake_at <= now, also where the counts wrap.
constexpr bool crossed(std::uint64_t wake_at, std::uint64_t before, std::uint64_t now) noexcept {
  return now - wake_at < now - before;
}

}  // namespace belfry::detail

#endif
