// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_POSIX_ORPHAN_TIMER_HPP
#define BELFRY_SRC_POSIX_ORPHAN_TIMER_HPP

#include <string>

namespace belfry::detail::posix {

/// The environment variable in which a host says by which descriptors its guest hangs on it.
inline constexpr const char* leash_variable = "BELFRY_LEASH";

/// In a guest: has the kernel kill this process some time after its host's death, and what else is in its group when this
/// process has ended, too. `text` is what the host said: the descriptor whose other end keeps the group alive; the one
/// whose other end is the host's alone; and the milliseconds between the host's death and the end.
///
/// Without /proc, or where the system refuses something of it, all of the group is killed with the host, as before.
void arm_orphan_timer(const std::string& text) noexcept;

}  // namespace belfry::detail::posix

#endif
