// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/signal_result.hpp>

#include <ostream>

namespace belfry {

const char* to_string(signal_result r) noexcept {
  switch (r) {
    case signal_result::sent: return "sent";
    case signal_result::buffer_full: return "buffer_full";
    case signal_result::peer_dead: return "peer_dead";
  }
  return "unknown";
}

std::ostream& operator<<(std::ostream& out, signal_result r) { return out << to_string(r); }

}  // namespace belfry
