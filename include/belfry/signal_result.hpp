// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SIGNAL_RESULT_HPP
#define BELFRY_SIGNAL_RESULT_HPP

#include <iosfwd>

namespace belfry {

/// What became of a signal.
enum class signal_result {
  sent,         ///< The peer has it, or will find it when it next looks.
  buffer_full,  ///< So many signals wait unread that no more fit. No error: the peer will wake all the same.
  peer_dead,    ///< Nobody holds the other end any more.
};

/// "sent", "buffer_full" or "peer_dead".
const char* to_string(signal_result) noexcept;

std::ostream& operator<<(std::ostream&, signal_result);

}  // namespace belfry

#endif
