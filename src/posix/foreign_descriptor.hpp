// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_POSIX_FOREIGN_DESCRIPTOR_HPP
#define BELFRY_SRC_POSIX_FOREIGN_DESCRIPTOR_HPP

#include <belfry/detail/posix/unique_descriptor.hpp>

#include <array>
#include <cstddef>

namespace belfry::detail::posix {

// Descriptors that the peer passes on (SCM_RIGHTS). To be the last to close one may take as long as the peer likes: a TCP
// socket lingers, a file of a file system in user space waits for that. The kernel closes, in the receiving call, even
// those that nobody has asked for.

/// Whether the peer may pass descriptors with what it sends to this socket. Where the kernel cannot forbid it (before
/// Linux 6.16) this does nothing.
void may_come_with_descriptors(int socket, bool yes) noexcept;

/// What a peer passed and nobody wants. Closed in the end without waiting for that: on a thread of their own, but for
/// memory, whose closing takes no time.
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

}  // namespace belfry::detail::posix

#endif
