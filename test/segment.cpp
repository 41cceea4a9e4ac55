// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/detail/segment_layout.hpp>
#include <belfry/segment.hpp>
#include <belfry/segment_handle.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BOOST_TEST_MODULE segment
#include "support/child.hpp"
#include "support/pattern.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

using belfry::error;
using belfry::error_code;
using belfry::segment;
using belfry::segment_handle;
namespace detail = belfry::detail;
namespace posix = belfry::detail::posix;
namespace test = belfry::test;

namespace {

const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));

/// A memfd with an identity as a peer could make one, sealed as asked.
posix::unique_descriptor forge(const detail::segment_identity& id, std::size_t size,
                               int seals = F_SEAL_SHRINK | F_SEAL_GROW) {
  posix::unique_descriptor fd(::memfd_create("forged", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  BOOST_REQUIRE(::ftruncate(fd.get(), static_cast<off_t>(size)) == 0);
  if (size >= sizeof id) BOOST_REQUIRE(::pwrite(fd.get(), &id, sizeof id, 0) == ssize_t{sizeof id});
  if (seals != 0) BOOST_REQUIRE(::fcntl(fd.get(), F_ADD_SEALS, seals) == 0);
  return fd;
}

detail::segment_identity good_identity(std::size_t capacity) {
  return {detail::segment_magic, detail::segment_layout_version, static_cast<std::uint32_t>(page), capacity, 0, 0, 0};
}

error_code refusal_of(int fd) {
  error_code ec;
  const auto handle = segment_handle::from_native_handle(fd, ec);
  BOOST_TEST(!handle);
  return ec;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_capacity_is_rounded_up_to_a_power_of_two_of_at_least_a_page) {
  BOOST_TEST(segment_handle::create(1).capacity() == page);
  BOOST_TEST(segment_handle::create(page).capacity() == page);
  BOOST_TEST(segment_handle::create(page + 1).capacity() == 2 * page);
  BOOST_TEST(segment_handle::create(5 * page).capacity() == 8 * page);
}

BOOST_AUTO_TEST_CASE(an_impossible_capacity_is_an_invalid_argument) {
  for (const std::size_t capacity :
       {std::size_t{0}, segment_handle::max_capacity + 1, std::numeric_limits<std::size_t>::max()}) {
    error_code ec;
    BOOST_TEST(!segment_handle::create(capacity, ec));
    BOOST_TEST((ec == boost::system::errc::invalid_argument));
    BOOST_CHECK_THROW(segment_handle::create(capacity), belfry::system_error);
  }
}

BOOST_AUTO_TEST_CASE(a_segment_is_sealed_against_resizing_before_anyone_maps_it) {
  const auto handle = segment_handle::create(page);
  const int seals = ::fcntl(handle.native_handle(), F_GET_SEALS);
  BOOST_TEST((seals & (F_SEAL_SHRINK | F_SEAL_GROW)) == (F_SEAL_SHRINK | F_SEAL_GROW));
  BOOST_TEST(::ftruncate(handle.native_handle(), static_cast<off_t>(page)) == -1);
  BOOST_TEST(::ftruncate(handle.native_handle(), static_cast<off_t>(10 * page)) == -1);
}

BOOST_AUTO_TEST_CASE(all_of_a_segments_memory_is_reserved_when_it_is_made) {
  const auto handle = segment_handle::create(16 * page);
  struct stat status{};
  BOOST_REQUIRE(::fstat(handle.native_handle(), &status) == 0);
  BOOST_TEST(static_cast<std::size_t>(status.st_size) == 17 * page);
  BOOST_TEST(static_cast<std::size_t>(status.st_blocks) * 512 >= 17 * page);
}

BOOST_AUTO_TEST_CASE(a_handle_is_close_on_exec_and_closes_its_descriptor) {
  auto handle = segment_handle::create(page);
  const int fd = handle.native_handle();
  BOOST_TEST(test::close_on_exec(fd));
  handle = segment_handle();
  BOOST_TEST(!test::is_open(fd));
}

BOOST_AUTO_TEST_CASE(a_released_handle_gives_its_descriptor_away) {
  auto handle = segment_handle::create(page);
  const int fd = handle.release();
  BOOST_TEST(!handle);
  handle = segment_handle();
  BOOST_TEST(test::is_open(fd));
  ::close(fd);
}

BOOST_AUTO_TEST_CASE(a_descriptor_of_a_segment_is_taken_back_with_its_capacity) {
  const int fd = segment_handle::create(4 * page).release();
  const auto handle = segment_handle::from_native_handle(fd);
  BOOST_TEST(handle.native_handle() == fd);
  BOOST_TEST(handle.capacity() == 4 * page);
}

BOOST_AUTO_TEST_CASE(a_closed_descriptor_is_handle_not_open) {
  const int fd = segment_handle::create(page).release();
  ::close(fd);
  BOOST_TEST((refusal_of(fd) == error::handle_not_open));
  BOOST_TEST((refusal_of(-1) == error::handle_not_open));
  BOOST_CHECK_THROW(segment_handle::from_native_handle(-1), belfry::system_error);
}

BOOST_AUTO_TEST_CASE(what_is_no_memfd_is_not_a_segment) {
  std::array<int, 2> pipe{};
  BOOST_REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
  const posix::unique_descriptor reading(pipe[0]);
  const posix::unique_descriptor writing(pipe[1]);
  const posix::unique_descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const posix::unique_descriptor file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const posix::unique_descriptor folder(::open("/", O_RDONLY | O_CLOEXEC));
  const posix::unique_descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  for (const auto* fd : {&reading, &writing, &null, &file, &folder, &socket}) {
    BOOST_TEST((refusal_of(fd->get()) == error::not_a_segment));
    BOOST_TEST(test::is_open(fd->get()), "a refused descriptor stays the caller's");
  }
}

BOOST_AUTO_TEST_CASE(a_forged_segment_that_is_right_in_every_field_is_taken) {
  auto fd = forge(good_identity(4 * page), 5 * page);
  const auto handle = segment_handle::from_native_handle(fd.get());
  fd.release();
  BOOST_TEST(handle.capacity() == 4 * page);
}

BOOST_AUTO_TEST_CASE(a_file_that_can_still_be_resized_is_not_a_segment) {
  for (const int seals : {0, F_SEAL_SHRINK, F_SEAL_GROW}) {
    const auto fd = forge(good_identity(page), 2 * page, seals);
    BOOST_TEST((refusal_of(fd.get()) == error::not_a_segment));
  }
}

BOOST_AUTO_TEST_CASE(one_wrong_field_makes_it_not_a_segment) {
  const auto good = good_identity(page);
  auto refused = [](const detail::segment_identity& id, std::size_t size) {
    const auto fd = forge(id, size);
    BOOST_TEST((refusal_of(fd.get()) == error::not_a_segment));
  };
  auto id = good;
  id.magic ^= 1;
  refused(id, 2 * page);
  id = good;
  ++id.layout_version;
  refused(id, 2 * page);
  for (const std::uint32_t header : {std::uint32_t{0}, static_cast<std::uint32_t>(page - 8),
                                     static_cast<std::uint32_t>(2 * page), std::uint32_t{0xffff'ffff}}) {
    id = good;
    id.header_size = header;
    refused(id, 2 * page);
  }
  for (const std::uint64_t capacity :
       {std::uint64_t{0}, std::uint64_t{page / 2}, std::uint64_t{page + 8}, std::uint64_t{3 * page},
        std::uint64_t{2 * page}, std::uint64_t{segment_handle::max_capacity} * 2, ~std::uint64_t{0},
        std::uint64_t{1} << 63, std::uint64_t{0} - page}) {
    id = good;
    id.capacity = capacity;
    refused(id, 2 * page);
  }
  using limits = belfry::large_message_limits;
  for (const auto& [bytes, regions] : {std::pair<std::uint64_t, std::uint32_t>{limits::max_bytes + page, 1},
                                       {page, 0},
                                       {page - 8, 1},
                                       {0, limits::max_regions + 1},
                                       {~std::uint64_t{0}, 1}}) {
    id = good;
    id.large_bytes = bytes;
    id.large_regions = regions;
    refused(id, 2 * page);
  }
  id = good;
  id.unused = 1;
  refused(id, 2 * page);
  for (const std::size_t size : {std::size_t{0}, std::size_t{8}, page, 2 * page - 1, 2 * page + 1, 3 * page}) {
    refused(good, size);
  }
}

BOOST_AUTO_TEST_CASE(seeded_garbage_is_not_a_segment) {
  test::sequence random(7);
  for (int i = 0; i != 200; ++i) {
    auto id = good_identity(page);
    auto* bytes = reinterpret_cast<unsigned char*>(&id);
    const auto at = random.next(offsetof(detail::segment_identity, large_bytes) - 1);  // those behind may be others
    bytes[at] = static_cast<unsigned char>(bytes[at] ^ (1 + random.next(254)));
    const auto fd = forge(id, 2 * page);
    BOOST_TEST((refusal_of(fd.get()) == error::not_a_segment));
  }
}

BOOST_AUTO_TEST_CASE(the_rings_bytes_are_there_twice_back_to_back) {
  const auto mapped = segment::map_own(segment_handle::create(2 * page));
  std::byte* const data = mapped.data();
  BOOST_REQUIRE(mapped.capacity() == 2 * page);
  for (std::size_t at = 0; at != 2 * mapped.capacity(); ++at) data[at] = std::byte{0};
  test::sequence random(11);
  for (int i = 0; i != 1000; ++i) {
    const auto at = random.next(2 * mapped.capacity() - 1);
    const auto value = static_cast<std::byte>(random.next(255));
    data[at] = value;
    BOOST_REQUIRE((data[at ^ mapped.capacity()] == value));
  }
  // A piece of memory that goes across the end of the ring is one piece.
  std::memcpy(data + mapped.capacity() - 3, "across", 6);
  BOOST_TEST(std::memcmp(data, "oss", 3) == 0);
}

BOOST_AUTO_TEST_CASE(the_control_block_and_the_ring_do_not_overlap) {
  const auto mapped = segment::map_own(segment_handle::create(page));
  BOOST_TEST(reinterpret_cast<std::byte*>(mapped.control()) + sizeof(detail::control_block) <= mapped.data());
  BOOST_TEST(mapped.control()->identity.magic == detail::segment_magic);
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(mapped.data()) % page == 0u);
}

BOOST_AUTO_TEST_CASE(a_peers_mapping_shows_what_its_owner_writes) {
  const auto handle = segment_handle::create(page);
  const auto own = segment::map_own(handle);
  const auto peer = segment::map_peer(handle);
  BOOST_TEST(own.writable());
  BOOST_TEST(!peer.writable());
  own.data()[17] = std::byte{42};
  own.control()->released.store(24);
  BOOST_TEST((peer.data()[17] == std::byte{42}));
  BOOST_TEST((peer.data()[17 + page] == std::byte{42}));
  BOOST_TEST(peer.control()->released.load() == 24u);
}

BOOST_AUTO_TEST_CASE(a_peer_that_maps_before_the_owner_sees_the_same) {
  const auto handle = segment_handle::create(page);
  const auto peer = segment::map_peer(handle);
  const auto own = segment::map_own(handle);
  own.data()[0] = std::byte{1};
  BOOST_TEST((peer.data()[0] == std::byte{1}));
}

BOOST_AUTO_TEST_CASE(an_owner_maps_once_and_a_failed_mapping_leaves_no_address_behind) {
  constexpr std::size_t megabyte = 1 << 20;
  const auto handle = segment_handle::create(megabyte);
  const auto own = segment::map_own(handle);
  const auto before = test::address_space();
  const auto open_before = test::open_descriptors();
  for (int i = 0; i != 50; ++i) {
    error_code ec;
    BOOST_TEST(!segment::map_own(handle, ec));
    BOOST_TEST((ec == boost::system::errc::operation_not_permitted));
  }
  BOOST_CHECK_THROW(segment::map_own(handle), belfry::system_error);
  BOOST_TEST(test::address_space() < before + 50 * megabyte);  // the heap may have grown
  BOOST_TEST(test::open_descriptors() == open_before);
}

BOOST_AUTO_TEST_CASE(an_empty_handle_is_not_a_segment) {
  error_code ec;
  BOOST_TEST(!segment::map_own(segment_handle(), ec));
  BOOST_TEST((ec == error::not_a_segment));
  ec.clear();
  BOOST_TEST(!segment::map_peer(segment_handle(), ec));
  BOOST_TEST((ec == error::not_a_segment));
  BOOST_CHECK_THROW(segment::map_peer(segment_handle()), belfry::system_error);
}

BOOST_AUTO_TEST_CASE(a_mapping_outlives_its_handle_and_ends_with_its_object) {
  BOOST_REQUIRE(test::mappings("memfd:belfry") == 0);
  const auto open_before = test::open_descriptors();
  {
    auto handle = segment_handle::create(page);
    const auto own = segment::map_own(handle);
    const auto peer = segment::map_peer(handle);
    handle = segment_handle();
    own.data()[5] = std::byte{9};
    BOOST_TEST((peer.data()[5] == std::byte{9}));
    BOOST_TEST(test::mappings("memfd:belfry") >= 4);
  }
  BOOST_TEST(test::mappings("memfd:belfry") == 0);
  BOOST_TEST(test::open_descriptors() == open_before);
}

BOOST_AUTO_TEST_CASE(a_moved_mapping_stays_where_it_is) {
  auto first = segment::map_own(segment_handle::create(page));
  std::byte* const data = first.data();
  segment second(std::move(first));
  BOOST_TEST(second.data() == data);
  auto third = segment::map_own(segment_handle::create(2 * page));
  third = std::move(second);
  BOOST_TEST(third.data() == data);
  BOOST_TEST(third.capacity() == page);
  third.data()[0] = std::byte{1};
}

BOOST_AUTO_TEST_CASE(a_forked_child_does_not_have_the_pages) {
  const auto handle = segment_handle::create(page);
  const auto own = segment::map_own(handle);
  const auto peer = segment::map_peer(handle);
  own.data()[0] = std::byte{1};
  const std::byte* const places[] = {own.data(), own.data() + page, peer.data(), peer.data() + page,
                                     reinterpret_cast<const std::byte*>(own.control())};
  for (const std::byte* place : places) {
    BOOST_TEST(test::in_a_child([&] { return static_cast<int>(*static_cast<const volatile std::byte*>(place)); }) ==
               128 + SIGSEGV);
  }
  // Through the descriptor it can attach anew.
  BOOST_TEST(test::in_a_child([&] { return static_cast<int>(segment::map_peer(handle).data()[0]); }) == 1);
}

BOOST_AUTO_TEST_CASE(a_forked_childs_copy_is_destroyed_without_unmapping_what_stands_there_now) {
  auto own = segment::map_own(segment_handle::create(page));
  auto* const place = reinterpret_cast<std::byte*>(own.control());
  const int status = test::in_a_child([&] {
    void* const again = ::mmap(place, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (again == MAP_FAILED) return 1;
    {
      const segment dropped(std::move(own));
    }
    place[0] = std::byte{7};
    place[2 * page] = std::byte{8};
    return static_cast<int>(place[0]);
  });
  BOOST_TEST(status == 7);
  own.data()[0] = std::byte{1};  // and the parent's is as it was
}
