// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_POSIX_ABOVE_STREAMS_HPP
#define BELFRY_SRC_POSIX_ABOVE_STREAMS_HPP

#include <belfry/detail/posix/unique_descriptor.hpp>

#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace belfry::detail::posix {

/// Another of the same, close-on-exec, under such a number as `above_streams` gives; none, and errno, where there is none.
inline unique_descriptor copy_above_streams(int fd) noexcept {
  return unique_descriptor(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

/// The same, close-on-exec, under a number that nobody takes for a standard stream. A program that was started without
/// these gets their numbers for what it opens first; and whatever it prints then would go into a channel, and what it
/// reads would come out of one. Where there is no other number left, it stays as it is.
inline unique_descriptor above_streams(unique_descriptor fd) noexcept {
  if (!fd || fd.get() > STDERR_FILENO) return fd;
  auto copy = copy_above_streams(fd.get());
  return copy ? std::move(copy) : std::move(fd);
}

}  // namespace belfry::detail::posix

#endif
