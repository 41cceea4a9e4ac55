// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_PREFETCH_HPP
#define BELFRY_DETAIL_PREFETCH_HPP

namespace belfry::detail {

/// Asks for the cache line of `place`, to write into it: so that it need not be taken from another processor when it is
/// written. Touches nothing; `place` need not exist.
inline void prefetch_for_writing(const void* place) noexcept {
#if defined(__x86_64__)
  // The builtin becomes a prefetch for reading unless the compiler is told of newer processors. Those that do not have
  // this one take it for nothing.
  asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(place)));
#else
  __builtin_prefetch(place, 1);
#endif
}

}  // namespace belfry::detail

#endif
