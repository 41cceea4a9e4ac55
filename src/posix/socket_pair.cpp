// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "socket_pair.hpp"

#include "above_streams.hpp"

#include <belfry/detail/posix/foreign_descriptor.hpp>

#include <cerrno>
#include <charconv>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace belfry::detail::posix {

std::pair<unique_descriptor, unique_descriptor> make_socket_pair(int type, error_code& ec) {
  ec.clear();
  int fds[2];
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) != 0) {
    ec.assign(errno, boost::system::system_category());
    return {};
  }
  for (const int fd : fds) may_come_with_descriptors(fd, false);
  unique_descriptor first(fds[0]);
  unique_descriptor second(fds[1]);
  return {above_streams(std::move(first)), above_streams(std::move(second))};
}

error_code check_socket(int fd, int type) noexcept {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &size) != 0) {
    return errno == EBADF ? error::handle_not_open : error::not_a_socket;
  }
  if (value != AF_UNIX) return error::wrong_socket_family;
  size = sizeof value;
  if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &size) != 0 || value != type) return error::wrong_socket_type;
  sockaddr_un peer{};
  size = sizeof peer;
  // A listening socket and one that never was connected have no peer. One whose peer has died since still passes or
  // not, by the type; what matters is that the caller hears of a death from the operations, so it passes here.
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0 && errno != ECONNRESET) {
    return error::socket_not_connected;
  }
  return {};
}

int parse_descriptor(std::string_view text, error_code& ec) noexcept {
  ec.clear();
  int value = -1;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  // Of a negative number from_chars would take "-0" too.
  if (failure != std::errc() || text.front() == '-' || end != text.data() + text.size() || value < 0) {
    ec = error::bad_handle_text;
    return -1;
  }
  return value;
}

bool is_open(int fd) noexcept { return ::fcntl(fd, F_GETFD) >= 0; }

void set_close_on_exec(int fd) noexcept {
  const int flags = ::fcntl(fd, F_GETFD);
  if (flags >= 0) ::fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
}

}  // namespace belfry::detail::posix
