// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_POSIX_FOREIGN_DESCRIPTOR_HPP
#define BELFRY_DETAIL_POSIX_FOREIGN_DESCRIPTOR_HPP

#include <belfry/detail/posix/unique_descriptor.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace belfry::detail::posix {

// Descriptors that the peer passes on (SCM_RIGHTS). To be the last to close one may take as long as the peer likes: a TCP
// socket lingers, a file of a file system in user space waits for that. The kernel closes, in the receiving call, even
// those that nobody has asked for.

/// Whether the peer may pass descriptors with what it sends to this socket. Where the kernel cannot forbid it (before
/// Linux 6.16) this does nothing.
void may_come_with_descriptors(int socket, bool yes) noexcept;

/// What a peer passed and nobody wants. Closed in the end without waiting for that: on a thread of their own, but for
/// memory and pipes, whose closing takes no time.
class foreign_descriptors {
 public:
  /// So many can come at once.
  static constexpr std::size_t most = 253;

  foreign_descriptors() noexcept = default;
  foreign_descriptors(const foreign_descriptors&) = delete;
  foreign_descriptors& operator=(const foreign_descriptors&) = delete;
  ~foreign_descriptors();

  void add(unique_descriptor) noexcept;
  /// Whether none was added.
  bool empty() const noexcept { return !any_; }

 private:
  bool any_ = false;
  std::size_t count_ = 0;
  std::array<int, most> slow_;  // to be closed elsewhere
};

/// Owns a descriptor that a peer passed. Closed as those that nobody wants.
class foreign_descriptor {
 public:
  foreign_descriptor() noexcept = default;
  explicit foreign_descriptor(int fd) noexcept : fd_(fd) {}
  foreign_descriptor(foreign_descriptor&&) noexcept = default;
  foreign_descriptor& operator=(foreign_descriptor&& other) noexcept {
    let_go();
    fd_ = std::move(other.fd_);
    return *this;
  }
  ~foreign_descriptor() { let_go(); }

  int get() const noexcept { return fd_.get(); }
  int release() noexcept { return fd_.release(); }
  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }

 private:
  void let_go() noexcept {
    if (fd_) close_elsewhere(std::move(fd_));
  }
  static void close_elsewhere(unique_descriptor) noexcept;

  unique_descriptor fd_;
};

}  // namespace belfry::detail::posix

#endif
