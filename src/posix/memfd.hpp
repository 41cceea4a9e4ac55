// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_POSIX_MEMFD_HPP
#define BELFRY_SRC_POSIX_MEMFD_HPP

#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/error.hpp>

#include <cstddef>
#include <cstdint>

namespace belfry::detail::posix {

/// Bytes in a page.
std::size_t page_size() noexcept;
/// `size` rounded up to pages.
inline std::size_t whole_pages(std::size_t size) noexcept { return (size + page_size() - 1) & ~(page_size() - 1); }

/// An anonymous file of `size` bytes, all of them reserved, close-on-exec, that can never be executed where the kernel
/// can forbid that.
unique_descriptor make_memfd(const char* name, std::size_t size, error_code& ec);

/// From now on nobody can change its size.
void seal_size(int fd, error_code& ec);
/// From now on nobody can make another writable mapping of it, nor write to it, nor change the seals.
void seal_writes(int fd, error_code& ec);
/// Whether its size can never change.
bool size_is_sealed(int fd) noexcept;
/// Whether this is a file as `make_memfd` makes them, after both seals: of a size that can never change, with all its pages
/// there for ever. To look at such memory cannot fail, whatever its maker does. Asking never blocks, whatever it is.
bool is_sealed_memory(int fd) noexcept;
/// Bytes in the file; 0 if that cannot be found out.
std::size_t file_size(int fd) noexcept;
/// By which the system tells memfds apart; 0 if that cannot be found out.
std::uint64_t file_number(int fd) noexcept;

/// A second, read-only descriptor of the file: a mapping made through it cannot be made writable. Where /proc is not
/// to be had, the result is empty.
unique_descriptor reopen_read_only(int fd) noexcept;

/// Address space of `size` bytes with nothing in it, for fixed mappings; null on error.
std::byte* reserve_addresses(std::size_t size, error_code& ec);
void release_addresses(std::byte*, std::size_t size) noexcept;

/// Makes sure that looking at these pages cannot fail later: a file's page that is not there raises SIGBUS if there is no
/// memory for it then. Before Linux 5.14 this does nothing.
///
/// Source: madvise(2), MADV_POPULATE_READ.
void populate(const void* address, std::size_t size, error_code& ec) noexcept;

/// A forked child will not have these pages.
void keep_from_children(void* address, std::size_t size) noexcept;

}  // namespace belfry::detail::posix

#endif
