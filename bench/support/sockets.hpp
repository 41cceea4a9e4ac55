// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_SOCKETS_HPP
#define BELFRY_BENCH_SUPPORT_SOCKETS_HPP

#include <stdexcept>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

namespace belfry::bench {

/// A descriptor that is closed with its owner.
class descriptor {
 public:
  explicit descriptor(int fd) : fd_(fd) {
    if (fd < 0) throw std::runtime_error("no descriptor");
  }
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&&) = delete;

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// Both ends of a connected pair of sockets, of which each side takes one.
class socket_ends {
 public:
  explicit socket_ends(int type) {
    if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends_) != 0) throw std::runtime_error("socketpair failed");
  }
  descriptor first() { return take(0); }
  descriptor second() { return take(1); }

 private:
  // The other end is closed here, lest this process hide its owner's death.
  descriptor take(int which) {
    ::close(ends_[1 - which]);
    return descriptor(ends_[which]);
  }

  int ends_[2];
};

}  // namespace belfry::bench

#endif
