// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/detail/channel_state.hpp>
#include <belfry/segment.hpp>

#include <boost/asio/io_context.hpp>

#include <cerrno>
#include <cstddef>
#include <span>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

#define BOOST_TEST_MODULE one_writer
#include "support/child.hpp"

#include <boost/test/unit_test.hpp>

// No page of a channel is writable by both sides. The guest is a forked child, which answers with the number of the
// first check that failed.

using belfry::channel;
using belfry::segment;
namespace test = belfry::test;

namespace {

const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));

std::span<std::byte> pages_of(const segment& s) {
  auto* const first = reinterpret_cast<std::byte*>(s.control());
  return {first, static_cast<std::size_t>(s.data() - first) + 2 * s.capacity()};
}

/// A write to each page, each in a process of its own that it kills. The mapping does not survive a fork by itself.
bool each_write_is_a_fault(std::span<std::byte> pages) {
  if (::madvise(pages.data(), pages.size(), MADV_DOFORK) != 0) return false;
  bool all = true;
  for (std::size_t at = 0; at < pages.size(); at += page) {
    auto* const place = static_cast<volatile std::byte*>(pages.data() + at + 1000);
    const int read = test::in_a_child([=] { return static_cast<void>(*place), 0; });
    const int write = test::in_a_child([=] { return *place = std::byte{1}, 0; });
    all = all && read == 0 && write == 128 + SIGSEGV;
  }
  return ::madvise(pages.data(), pages.size(), MADV_DONTFORK) == 0 && all;
}

bool refused_with(int expected, bool failed) { return failed && errno == expected; }

bool each_protection_stays(std::span<std::byte> pages) {
  for (std::size_t at = 0; at < pages.size(); at += page) {
    if (!refused_with(EACCES, ::mprotect(pages.data() + at, page, PROT_READ | PROT_WRITE) != 0)) return false;
  }
  return true;
}

/// Every way to change the file behind the pages, through its descriptor. 0 if all of them fail.
int ways_to_change(int fd, std::size_t size) {
  const char byte = 1;
  if (::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED) return 1;
  if (::mmap(nullptr, page, PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(page)) != MAP_FAILED) return 2;
  if (!refused_with(EPERM, ::write(fd, &byte, 1) < 0)) return 3;
  if (!refused_with(EPERM, ::pwrite(fd, &byte, 1, static_cast<off_t>(page)) < 0)) return 4;
  if (!refused_with(EPERM, ::ftruncate(fd, 0) != 0)) return 5;
  if (!refused_with(EPERM, ::ftruncate(fd, static_cast<off_t>(2 * size)) != 0)) return 6;
  if (!refused_with(EPERM, ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(page)))) {
    return 7;
  }
  if (!refused_with(EPERM, ::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) != 0)) return 8;
  const auto path = "/proc/self/fd/" + std::to_string(fd);
  const belfry::detail::posix::unique_descriptor again(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (again && ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, again.get(), 0) != MAP_FAILED) return 9;
  if (again && ::write(again.get(), &byte, 1) > 0) return 10;
  // A mapping to read can be made, but not be raised.
  void* const view = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  if (view == MAP_FAILED) return 11;
  if (::mprotect(view, size, PROT_READ | PROT_WRITE) == 0) return 12;
  ::munmap(view, size);
  return 0;
}

/// Checks what this side sees of the peer's pages.
int peers_pages_are_read_only(const channel& mine) {
  const auto pages = pages_of(*mine.state()->peer);
  if (mine.state()->peer->writable()) return 20;
  if (!each_write_is_a_fault(pages)) return 21;
  if (!each_protection_stays(pages)) return 22;
  return 0;
}

int size_of(const belfry::segment_handle& handle) { return static_cast<int>(page + handle.capacity()); }

}  // namespace

BOOST_AUTO_TEST_CASE(a_guest_finds_each_of_the_hosts_pages_read_only) {
  boost::asio::io_context context;
  auto [host, handle] = channel::create_pair(context.get_executor(), {4 * page, 2 * page});
  const int status = test::in_a_child([&h = handle] {
    const int hosts = ::dup(h.peer_segment.native_handle());
    const auto size = static_cast<std::size_t>(size_of(h.peer_segment));
    boost::asio::io_context own_context;
    const auto guest = channel::from_handle(own_context.get_executor(), std::move(h));
    if (const int failed = ways_to_change(hosts, size)) return failed;
    return peers_pages_are_read_only(guest);
  });
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(a_host_finds_each_of_the_guests_pages_read_only) {
  boost::asio::io_context context;
  auto [host, handle] = channel::create_pair(context.get_executor(), {4 * page, 2 * page});
  const int guests = ::dup(handle.own_segment.native_handle());
  const auto size = static_cast<std::size_t>(size_of(handle.own_segment));

  test::stage stage;
  test::child guest([&stage, &h = handle] {
    boost::asio::io_context own_context;
    const auto channel = channel::from_handle(own_context.get_executor(), std::move(h));
    stage.tell_parent();
    stage.await_parent();
    return 0;
  });
  stage.await_child();
  BOOST_TEST(peers_pages_are_read_only(host) == 0);
  BOOST_TEST(ways_to_change(guests, size) == 0);
  BOOST_TEST((::fcntl(guests, F_GET_SEALS) & F_SEAL_FUTURE_WRITE) != 0);
  stage.tell_child();
  BOOST_TEST(guest.wait() == 0);
  ::close(guests);
}

BOOST_AUTO_TEST_CASE(a_host_cannot_write_to_the_guests_pages_even_before_the_guest_has_sealed_them) {
  boost::asio::io_context context;
  auto [host, handle] = channel::create_pair(context.get_executor(), {page, page});
  BOOST_TEST(peers_pages_are_read_only(host) == 0);
}

BOOST_AUTO_TEST_CASE(each_side_writes_to_its_own_pages_while_the_other_can_not) {
  boost::asio::io_context context;
  auto [host, handle] = channel::create_pair(context.get_executor(), {page, page});
  const int status = test::in_a_child([&h = handle] {
    boost::asio::io_context own_context;
    const auto guest = channel::from_handle(own_context.get_executor(), std::move(h));
    for (std::byte& b : pages_of(*guest.state()->own).subspan(page)) b = std::byte{3};
    return 0;
  });
  BOOST_TEST(status == 0);
  BOOST_TEST((host.state()->peer->data()[0] == std::byte{3}));
  for (std::byte& b : pages_of(*host.state()->own).subspan(page)) b = std::byte{4};
}
