// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "memfd.hpp"

#include <array>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U  // Linux 6.3
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010  // Linux 5.1
#endif

namespace belfry::detail::posix {
namespace {

void assign_errno(error_code& ec) { ec.assign(errno, boost::system::system_category()); }

}  // namespace

std::size_t page_size() noexcept {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

unique_descriptor make_memfd(const char* name, std::size_t size, error_code& ec) {
  ec.clear();
  unique_descriptor fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL));
  // EINVAL: a kernel before 6.3 does not know the flag. EACCES: a system policy has an opinion about it.
  if (!fd) fd.reset(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) {
    assign_errno(ec);
    return {};
  }
  // Not ftruncate: that reserves nothing, and a full system would raise SIGBUS at some later access.
  int result = 0;
  do {
    result = ::fallocate(fd.get(), 0, 0, static_cast<off_t>(size));
  } while (result != 0 && errno == EINTR);
  if (result != 0) {
    assign_errno(ec);
    return {};
  }
  return fd;
}

void seal_size(int fd, error_code& ec) {
  ec.clear();
  if (::fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) assign_errno(ec);
}

void seal_writes(int fd, error_code& ec) {
  ec.clear();
  if (::fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) != 0) assign_errno(ec);
}

bool size_is_sealed(int fd) noexcept {
  const int seals = ::fcntl(fd, F_GET_SEALS);
  constexpr int wanted = F_SEAL_SHRINK | F_SEAL_GROW;
  return seals >= 0 && (seals & wanted) == wanted;
}

std::size_t file_size(int fd) noexcept {
  struct stat status{};
  return ::fstat(fd, &status) == 0 ? static_cast<std::size_t>(status.st_size) : 0;
}

unique_descriptor reopen_read_only(int fd) noexcept {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", fd);
  return unique_descriptor(::open(path.data(), O_RDONLY | O_CLOEXEC));
}

std::byte* reserve_addresses(std::size_t size, error_code& ec) {
  ec.clear();
  void* const address = ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED) {
    assign_errno(ec);
    return nullptr;
  }
  return static_cast<std::byte*>(address);
}

void release_addresses(std::byte* address, std::size_t size) noexcept { ::munmap(address, size); }

void keep_from_children(void* address, std::size_t size) noexcept { ::madvise(address, size, MADV_DONTFORK); }

}  // namespace belfry::detail::posix
