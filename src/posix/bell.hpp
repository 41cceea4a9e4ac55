// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_POSIX_BELL_HPP
#define BELFRY_SRC_POSIX_BELL_HPP

#include <belfry/signal_result.hpp>

#include <cstddef>

namespace belfry::detail::posix {

/// Sends one signal. Async-signal-safe; leaves errno alone.
signal_result ring(int bell) noexcept;

/// Takes the oldest signal, if there is one. Does not block.
bool take_signal(int bell) noexcept;

/// Takes all signals that wait, at most a bounded number. Returns whether there was one.
bool take_all_signals(int bell) noexcept;

/// Bytes in the oldest signal that waits.
std::size_t pending_bytes(int bell) noexcept;

/// Nothing can be sent to this end any more, and nothing from it; the peer learns it when it rings.
void hang_up(int bell) noexcept;

}  // namespace belfry::detail::posix

#endif
