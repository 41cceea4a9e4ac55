// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "line.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace belfry::detail::posix {
namespace {

void assign_errno(error_code& ec) noexcept { ec.assign(errno, boost::system::system_category()); }

/// The pid in the control data; closes whatever descriptors are in there.
int examine(msghdr& message) noexcept {
  int pid = 0;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET) continue;
    if (part->cmsg_type == SCM_CREDENTIALS && part->cmsg_len >= CMSG_LEN(sizeof(ucred))) {
      ucred who;
      std::memcpy(&who, CMSG_DATA(part), sizeof who);
      pid = who.pid;
    } else if (part->cmsg_type == SCM_RIGHTS) {
      for (std::size_t at = CMSG_LEN(0); at + sizeof(int) <= part->cmsg_len; at += sizeof(int)) {
        int fd;
        std::memcpy(&fd, reinterpret_cast<unsigned char*>(part) + at, sizeof fd);
        ::close(fd);
      }
    }
  }
  return pid;
}

}  // namespace

void ask_for_credentials(int fd, error_code& ec) noexcept {
  ec.clear();
  const int on = 1;
  if (::setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) assign_errno(ec);
}

void send_all(int fd, const char* data, std::size_t size, error_code& ec) noexcept {
  ec.clear();
  for (;;) {
    const ssize_t sent = ::send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(size)) return;
    if (sent >= 0) {
      // A frame is far smaller than what a stream socket takes at once, so part of it can only mean that the peer lets
      // everything pile up. There is no way on from half a frame.
      ec = error::peer_dead;
      ::shutdown(fd, SHUT_RDWR);
      return;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN) ec = make_error_code(boost::system::errc::no_buffer_space);
    else if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN) ec = error::peer_dead;
    else assign_errno(ec);
    return;
  }
}

received receive_some(int fd, char* data, std::size_t size, error_code& ec) noexcept {
  ec.clear();
  iovec piece{data, size};
  // Room for credentials and nothing else: descriptors that do not fit are not even made.
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
  for (;;) {
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got > 0) return {static_cast<std::size_t>(got), examine(message), false};
    if (got == 0 || errno == ECONNRESET || errno == ENOTCONN) return {0, 0, true};
    if (errno == EINTR) continue;
    if (errno != EAGAIN) assign_errno(ec);
    return {};
  }
}

bool wait_readable(int fd, std::chrono::steady_clock::time_point deadline, error_code& ec) noexcept {
  using namespace std::chrono;
  ec.clear();
  for (;;) {
    const auto left = ceil<milliseconds>(deadline - steady_clock::now()).count();
    pollfd who{fd, POLLIN, 0};
    const int count = ::poll(&who, 1, left <= 0 ? 0 : left > INT_MAX ? INT_MAX : static_cast<int>(left));
    if (count > 0) return true;
    if (count < 0 && errno != EINTR) {
      assign_errno(ec);
      return false;
    }
    if (count == 0 && steady_clock::now() >= deadline) return false;
  }
}

}  // namespace belfry::detail::posix
