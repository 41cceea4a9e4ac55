// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "bell.hpp"

#include <array>
#include <cerrno>

#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace belfry::detail::posix {

signal_result ring(int bell) noexcept {
  const int saved = errno;
  const char byte = 1;
  signal_result result = signal_result::sent;
  // The kernel may be short of memory for a moment. That is no death, and a signal must not be lost for it.
  for (int attempt = 0; attempt != 100; ++attempt) {
    if (::send(bell, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1) {
      result = signal_result::sent;
      break;
    }
    const int failure = errno;
    if (failure == EINTR || failure == ENOBUFS || failure == ENOMEM) {
      result = signal_result::buffer_full;
      ::sched_yield();  // others may free what there is too little of
      continue;
    }
    // ECONNREFUSED comes once after the peer's death, ENOTCONN from then on; the others from an end that hung up.
    const bool dead =
        failure == ECONNREFUSED || failure == ENOTCONN || failure == EPIPE || failure == ECONNRESET || failure == EBADF;
    result = dead ? signal_result::peer_dead : signal_result::buffer_full;
    break;
  }
  errno = saved;
  return result;
}

bool take_signal(int bell) noexcept {
  char byte;
  return ::recv(bell, &byte, 1, MSG_DONTWAIT) >= 0;
}

bool take_all_signals(int bell) noexcept {
  // A call takes a batch. The socket's buffer holds fewer signals than all batches together, so this takes all that
  // were there; a peer that floods the bell meanwhile cannot keep its victim here.
  constexpr unsigned batch = 16;
  constexpr int batches = 32;
  std::array<char, batch> bytes;
  std::array<iovec, batch> pieces;
  std::array<mmsghdr, batch> messages{};
  for (unsigned i = 0; i != batch; ++i) {
    pieces[i] = {&bytes[i], 1};
    messages[i].msg_hdr.msg_iov = &pieces[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  bool any = false;
  for (int i = 0; i != batches; ++i) {
    const int taken = ::recvmmsg(bell, messages.data(), batch, MSG_DONTWAIT, nullptr);
    if (taken > 0) any = true;
    if (taken < static_cast<int>(batch)) break;
  }
  return any;
}

std::size_t pending_bytes(int bell) noexcept {
  int bytes = 0;
  return ::ioctl(bell, FIONREAD, &bytes) == 0 && bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

void hang_up(int bell) noexcept { ::shutdown(bell, SHUT_RDWR); }

}  // namespace belfry::detail::posix
