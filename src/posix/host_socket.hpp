// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_POSIX_HOST_SOCKET_HPP
#define BELFRY_SRC_POSIX_HOST_SOCKET_HPP

#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/error.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace belfry::detail::posix {

/// The longest path that a socket can have, in bytes.
std::size_t longest_socket_path() noexcept;

/// Connects to the socket at `path`; waits at most so long for room in its queue.
///
/// Errors: what connect reports (ENOENT: nothing is there; ECONNREFUSED: nobody listens any more); ENAMETOOLONG;
/// `error::timed_out`.
unique_descriptor connect_to(const std::string& path, std::chrono::milliseconds limit, error_code& ec);

/// Who was on the other side when the connection was made, as the kernel vouches.
struct credentials {
  int pid = 0;  ///< 0 if that process is not to be seen from here.
  unsigned user = 0;
};
/// Of a socket that was connected by a name. Errors: what getsockopt reports.
credentials peer_credentials(int fd, error_code& ec) noexcept;

/// The effective user of this process.
unsigned own_user() noexcept;

}  // namespace belfry::detail::posix

#endif
