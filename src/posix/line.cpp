// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "line.hpp"

#include "memfd.hpp"

#include <belfry/detail/posix/foreign_descriptor.hpp>

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

bool is_wanted(int fd, wanted what) noexcept {
  return what == wanted::any || (what == wanted::memory && is_sealed_memory(fd));
}

/// Takes the pid and the first descriptor that is wanted out of the control data.
void examine(msghdr& message, wanted what, received& result) noexcept {
  foreign_descriptors others;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET) continue;
    if (part->cmsg_type == SCM_CREDENTIALS && part->cmsg_len >= CMSG_LEN(sizeof(ucred))) {
      ucred who;
      std::memcpy(&who, CMSG_DATA(part), sizeof who);
      result.sender_pid = who.pid;
    } else if (part->cmsg_type == SCM_RIGHTS) {
      for (std::size_t at = CMSG_LEN(0); at + sizeof(int) <= part->cmsg_len; at += sizeof(int)) {
        int fd;
        std::memcpy(&fd, reinterpret_cast<unsigned char*>(part) + at, sizeof fd);
        unique_descriptor arrived(fd);
        if (!result.descriptor && is_wanted(fd, what)) result.descriptor = foreign_descriptor(arrived.release());
        else others.add(std::move(arrived));
      }
    }
  }
  result.unwanted = !others.empty();
  const bool none_came = !result.descriptor && !result.unwanted;
  result.descriptor_lost = what != wanted::none && none_came && (message.msg_flags & MSG_CTRUNC) != 0;
}

}  // namespace

void ask_for_credentials(int fd, error_code& ec) noexcept {
  ec.clear();
  const int on = 1;
  if (::setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) assign_errno(ec);
}

void send_all(int fd, const char* data, std::size_t size, int descriptor, error_code& ec) noexcept {
  ec.clear();
  iovec piece{const_cast<char*>(data), size};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  if (descriptor >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(part), &descriptor, sizeof descriptor);
  }
  for (;;) {
    const ssize_t sent = ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
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

void make_room(int fd) noexcept {
  // The system takes what it allows at most, and doubles it, which it has not done with what a socket begins with.
  int size = 0;
  socklen_t length = sizeof size;
  if (::getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &length) != 0) return;
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

received receive_some(int fd, char* data, std::size_t size, wanted what, error_code& ec) noexcept {
  ec.clear();
  iovec piece{data, size};
  // Room for as many descriptors as can come: the kernel would close those that do not fit, in this very call.
  constexpr std::size_t all_descriptors = foreign_descriptors::most * sizeof(int);
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(all_descriptors)> control;
  for (;;) {
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    received result;
    if (got > 0) {
      result.size = static_cast<std::size_t>(got);
      examine(message, what, result);
      return result;
    }
    result.ended = got == 0 || errno == ECONNRESET || errno == ENOTCONN;
    if (result.ended) return result;
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
