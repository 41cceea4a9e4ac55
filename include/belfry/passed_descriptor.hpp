// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_PASSED_DESCRIPTOR_HPP
#define BELFRY_PASSED_DESCRIPTOR_HPP

#include <belfry/detail/posix/foreign_descriptor.hpp>

#include <string>
#include <utility>

namespace belfry {

/// Owns a descriptor that the other side has handed over, and knows its name. It is close-on-exec.
///
/// What the other side hands over is whatever it likes: look at it (fstat(2)) before you rely on it. To close the last
/// descriptor of something may take as long as who made it likes, so what is destroyed here is closed on a thread of its
/// own, unless it is memory or a pipe. Who trusts the other side, or must know when it is closed, calls `release` and
/// close(2).
///
/// Thread safety: as of an int.
class passed_descriptor {
 public:
  /// None.
  passed_descriptor() noexcept = default;
  /// Takes ownership of `fd`.
  passed_descriptor(std::string name, detail::posix::foreign_descriptor fd) noexcept
      : name_(std::move(name)), fd_(std::move(fd)) {}

  /// What the other side called it.
  const std::string& name() const noexcept { return name_; }
  /// The descriptor; it stays this object's. -1 if there is none.
  int native_handle() const noexcept { return fd_.get(); }
  /// Gives the descriptor away; the caller closes it.
  int release() noexcept { return fd_.release(); }
  /// Whether there is one.
  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }

 private:
  std::string name_;
  detail::posix::foreign_descriptor fd_;
};

}  // namespace belfry

#endif
