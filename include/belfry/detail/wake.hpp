// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_WAKE_HPP
#define BELFRY_DETAIL_WAKE_HPP

#include <atomic>
#include <cstdint>

#if defined(__SANITIZE_THREAD__)
#define BELFRY_DETAIL_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BELFRY_DETAIL_TSAN 1
#endif
#endif

namespace belfry::detail {

/// Orders all earlier stores before all later loads. Both the one who publishes and the one who goes to sleep need
/// it between their store and their look at the other's word; without either, a wake-up can be lost.
///
/// Source: virtio 1.2, section 2.7.10 (event index); the store-load pattern is Dekker's.
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

/// Whether a bell must be rung: the one who sleeps wants `wake_at`, and the position went from `before` to `now`.
/// True just if before < wake_at <= now, also where the counts wrap.
constexpr bool crossed(std::uint64_t wake_at, std::uint64_t before, std::uint64_t now) noexcept {
  return now - wake_at < now - before;
}

}  // namespace belfry::detail

#endif
