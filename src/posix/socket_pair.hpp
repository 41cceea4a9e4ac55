// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_POSIX_SOCKET_PAIR_HPP
#define BELFRY_SRC_POSIX_SOCKET_PAIR_HPP

#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/error.hpp>

#include <string_view>
#include <utility>

namespace belfry::detail::posix {

/// A connected pair of AF_UNIX sockets of `type` (SOCK_DGRAM, SOCK_STREAM), close-on-exec from birth: between a
/// socketpair() and a later fcntl() another thread may launch a program, which would keep both ends open. Neither takes
/// descriptors (see may_come_with_descriptors).
std::pair<unique_descriptor, unique_descriptor> make_socket_pair(int type, error_code& ec);

/// Whether `fd` is an open, connected AF_UNIX socket of `type`; the error says which of these it is not.
error_code check_socket(int fd, int type) noexcept;

/// Reads a descriptor number as a person or a launcher writes it: digits, nothing else.
///
/// Errors: `error::bad_handle_text`.
int parse_descriptor(std::string_view text, error_code& ec) noexcept;

void set_close_on_exec(int fd) noexcept;

/// Whether there is a descriptor of that number.
bool is_open(int fd) noexcept;

}  // namespace belfry::detail::posix

#endif
