// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_WALK_IN_HPP
#define BELFRY_SRC_WALK_IN_HPP

#include "handshake.hpp"

#include <belfry/channel_handle.hpp>
#include <belfry/error.hpp>
#include <belfry/lifeline.hpp>
#include <belfry/named_descriptor.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace belfry::detail {

// A program that its host did not launch comes to a socket on which the host listens. There it gets what a launched
// program inherits: first the named descriptors, then its ends of the channel. That is all; the two greet over the
// lifeline as ever.

/// The environment variable that has the socket's path.
inline constexpr const char* host_variable = "BELFRY_HOST";

/// The host's part. Errors: those of `lifeline::send`.
void send_ends(lifeline& connection, const channel_handle&, const std::vector<named_descriptor>&, error_code& ec);

/// What a program that has walked in got, or why it did not.
struct walked_in {
  channel_handle handle;
  /// Open and close-on-exec, and whoever's has this.
  std::vector<named_descriptor> descriptors;
  std::optional<handshake_failure> failure;
};

/// The program's part, up to the greeting. `trusted`: users whose hosts are trusted, beside this process's own and root.
walked_in walk_in(const std::string& path, const std::vector<unsigned>& trusted, std::chrono::milliseconds limit);

}  // namespace belfry::detail

#endif
