// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "host_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace belfry::detail::posix {

std::size_t longest_socket_path() noexcept { return sizeof(sockaddr_un::sun_path) - 1; }

unique_descriptor connect_to(const std::string& path, std::chrono::milliseconds limit, error_code& ec) {
  ec.clear();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() > longest_socket_path()) {
    ec = make_error_code(boost::system::errc::filename_too_long);
    return {};
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  unique_descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto milliseconds = std::max<std::chrono::milliseconds::rep>(limit.count(), 1);  // 0 would be for ever
  const timeval patience{static_cast<time_t>(milliseconds / 1000),
                         static_cast<suseconds_t>(milliseconds % 1000 * 1000)};
  int result = -1;
  if (fd && ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0) {
    do {
      result = ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    } while (result != 0 && errno == EINTR);
  }
  if (result == 0) return fd;
  if (errno == EAGAIN) ec = error::timed_out;
  else ec.assign(errno, boost::system::system_category());
  return {};
}

credentials peer_credentials(int fd, error_code& ec) noexcept {
  ec.clear();
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) ec.assign(errno, boost::system::system_category());
  return {who.pid, who.uid};
}

unsigned own_user() noexcept { return ::geteuid(); }

}  // namespace belfry::detail::posix
