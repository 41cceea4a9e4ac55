// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/detail/posix/foreign_descriptor.hpp>

#include <exception>
#include <thread>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83  // Linux 6.16
#endif

namespace belfry::detail::posix {

void may_come_with_descriptors(int socket, bool yes) noexcept {
  const int on = yes ? 1 : 0;
  ::setsockopt(socket, SOL_SOCKET, SO_PASSRIGHTS, &on, sizeof on);
}

void foreign_descriptors::add(unique_descriptor fd) noexcept {
  any_ = true;
  // Only anonymous memory has seals, and only a pipe has a size. To ask does not touch the file.
  if (::fcntl(fd.get(), F_GET_SEALS) >= 0 || ::fcntl(fd.get(), F_GETPIPE_SZ) >= 0) return;
  if (count_ != most) slow_[count_++] = fd.release();
}

foreign_descriptors::~foreign_descriptors() {
  if (count_ == 0) return;
  // The program's signal handlers are not for a thread that it does not know.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  try {
    std::thread([fds = slow_, count = count_] {
      for (std::size_t i = 0; i != count; ++i) ::close(fds[i]);
    }).detach();
  } catch (const std::exception&) {
    // They stay open: better than to stand still.
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void foreign_descriptor::close_elsewhere(unique_descriptor fd) noexcept {
  foreign_descriptors unwanted;
  unwanted.add(std::move(fd));
}

}  // namespace belfry::detail::posix
