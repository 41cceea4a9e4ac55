// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_MEMORY_HPP
#define BELFRY_TEST_SUPPORT_MEMORY_HPP

#include <belfry/detail/posix/unique_descriptor.hpp>

#include <cstddef>
#include <stdexcept>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010  // Linux 5.1
#endif

namespace belfry::test {

inline constexpr int all_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE;
enum class pages { present, missing };

/// A file in memory as a peer passes it on, or as none should.
inline detail::posix::unique_descriptor make_memory(std::size_t size, int seals = all_seals, pages p = pages::present) {
  detail::posix::unique_descriptor fd(::memfd_create("belfry-large", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  const auto length = static_cast<off_t>(size);
  const bool made = ::ftruncate(fd.get(), length) == 0 &&
                    (p == pages::missing || ::fallocate(fd.get(), 0, 0, length) == 0) &&
                    ::fcntl(fd.get(), F_ADD_SEALS, seals) == 0;
  if (!made) throw std::runtime_error("cannot make a file in memory");
  return fd;
}

}  // namespace belfry::test

#endif
