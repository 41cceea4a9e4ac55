// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_POSIX_LINE_HPP
#define BELFRY_SRC_POSIX_LINE_HPP

#include <belfry/detail/posix/foreign_descriptor.hpp>
#include <belfry/error.hpp>

#include <chrono>
#include <cstddef>

namespace belfry::detail::posix {

/// Makes the kernel tell, with everything that arrives here, which process wrote it.
void ask_for_credentials(int fd, error_code& ec) noexcept;

/// Sends all or nothing, without blocking. With it goes a duplicate of `descriptor`, if that is not -1.
///
/// Errors: `error::peer_dead`; `std::errc::no_buffer_space`.
void send_all(int fd, const char* data, std::size_t size, int descriptor, error_code& ec) noexcept;

/// Lets as much again pass through `fd` as the system allows, beyond what waits there already.
void make_room(int fd) noexcept;

/// Which descriptors are taken that come along: one of sealed memory, one of any kind.
enum class wanted { none, memory, any };

struct received {
  std::size_t size = 0;             ///< 0: nothing is there now, unless `ended`.
  int sender_pid = 0;               ///< 0 if the kernel did not tell.
  bool ended = false;               ///< The peer is gone and nothing is left to read.
  foreign_descriptor descriptor{};  ///< What was wanted and came along.
  bool descriptor_lost = false;     ///< One did, and could not be taken.
  bool unwanted = false;            ///< Something else did, and was let go of.
};

/// Takes what is there, without blocking; and one descriptor, if that is wanted.
received receive_some(int fd, char* data, std::size_t size, wanted, error_code& ec) noexcept;

/// Waits until there is something to read, or the peer is gone. False: the time is up.
bool wait_readable(int fd, std::chrono::steady_clock::time_point deadline, error_code& ec) noexcept;

}  // namespace belfry::detail::posix

#endif
