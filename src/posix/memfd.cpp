// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "memfd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U  // Linux 6.3
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22  // Linux 5.14
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010  // Linux 5.1
#endif

namespace belfry::detail::posix {
namespace {

void assign_errno(error_code& ec) { ec.assign(errno, boost::system::system_category()); }

/// Piece by piece: an interrupted call gives back what it had got, and a timer's signals could keep one from ever ending.
bool allocate(int fd, std::size_t size) noexcept {
  constexpr std::size_t piece = std::size_t{16} << 20;
  for (std::size_t at = 0; at < size;) {
    const std::size_t next = std::min(piece, size - at);
    if (::fallocate(fd, 0, static_cast<off_t>(at), static_cast<off_t>(next)) == 0) at += next;
    else if (errno != EINTR) return false;
  }
  return true;
}

/// fstat by itself: newer C libraries have the kernel look up an empty path, and a filter of system calls, which cannot see
/// paths, had to leave a plugin the others, too.
int status_of(int fd, struct stat& status) noexcept {
#if defined(SYS_fstat) && defined(__LP64__)
  return static_cast<int>(::syscall(SYS_fstat, fd, &status));
#else
  return ::fstat(fd, &status);
#endif
}

bool has_seals(int fd, int wanted) noexcept {
  const int seals = ::fcntl(fd, F_GET_SEALS);
  return seals >= 0 && (seals & wanted) == wanted;
}

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
  if (!allocate(fd.get(), size)) {
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

bool size_is_sealed(int fd) noexcept { return has_seals(fd, F_SEAL_SHRINK | F_SEAL_GROW); }

bool is_sealed_memory(int fd) noexcept {
  // The last of these keeps holes from being punched into it; that there are none already is shown by its blocks, though a
  // peer that is bent on it can have them elsewhere. Only memory has seals, so what follows is asked of nothing
  // else; and huge pages, whose supply may end before the first look, are on a file system of their own.
  if (!has_seals(fd, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE)) return false;
  struct statfs system{};
  struct stat status{};
  constexpr blkcnt_t block_bytes = 512;
  return ::fstatfs(fd, &system) == 0 && system.f_type == TMPFS_MAGIC && status_of(fd, status) == 0 &&
         status.st_blocks >= status.st_size / block_bytes;
}

std::size_t file_size(int fd) noexcept {
  struct stat status{};
  return status_of(fd, status) == 0 ? static_cast<std::size_t>(status.st_size) : 0;
}

std::uint64_t file_number(int fd) noexcept {
  struct stat status{};
  return ::fstat(fd, &status) == 0 ? status.st_ino : 0;
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

void populate(const void* address, std::size_t size, error_code& ec) noexcept {
  ec.clear();
  while (::madvise(const_cast<void*>(address), size, MADV_POPULATE_READ) != 0) {
    if (errno == EINTR || errno == EAGAIN) continue;
    if (errno != EINVAL) assign_errno(ec);
    return;
  }
}

void keep_from_children(void* address, std::size_t size) noexcept { ::madvise(address, size, MADV_DONTFORK); }

}  // namespace belfry::detail::posix
