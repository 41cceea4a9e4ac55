// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/detail/segment_layout.hpp>
#include <belfry/ring_reader.hpp>
#include <belfry/ring_writer.hpp>
#include <belfry/segment.hpp>

#include <cstring>
#include <deque>
#include <vector>

#define BOOST_TEST_MODULE ring
#include "support/pattern.hpp"

#include <boost/test/unit_test.hpp>

using belfry::error;
using belfry::error_code;
using belfry::message_view;
using belfry::segment;
using belfry::segment_handle;
namespace header = belfry::detail::message_header;
namespace test = belfry::test;

namespace {

/// A ring with both its ends in this process, over the same mappings.
struct ring {
  explicit ring(std::size_t capacity = 4096)
      : data(segment::map_own(segment_handle::create(capacity))),
        back(segment::map_own(segment_handle::create(4096))),
        writer(data, back),
        reader(back, data) {}

  bool write(std::size_t size, std::uint64_t number, std::uint16_t kind = 0) {
    error_code ec;
    const auto room = writer.try_reserve(size, ec);
    if (ec || room.data() == nullptr) return false;
    test::fill_pattern(room, number);
    writer.commit(size, kind);
    return true;
  }

  /// Whether the next message is number `number` of `size` bytes; takes it.
  bool read(std::size_t size, std::uint64_t number, std::uint16_t kind = 0) {
    error_code ec;
    const auto message = reader.try_peek(ec);
    const bool right = !ec && message && message.size() == size && message.kind() == kind &&
                       test::has_pattern(message.bytes(), number);
    reader.release();
    return right;
  }

  bool empty() {
    error_code ec;
    return !reader.try_peek(ec) && !ec;
  }

  /// Moves both ends of the empty ring forward by a multiple of 8.
  void advance(std::size_t bytes) {
    for (; bytes != 0; bytes -= 8) BOOST_REQUIRE((write(0, 0) && read(0, 0)));
  }

  segment data;
  segment back;
  belfry::ring_writer writer;
  belfry::ring_reader reader;
};

belfry::detail::shared_word& word(std::byte* at) { return *reinterpret_cast<belfry::detail::shared_word*>(at); }

}  // namespace

BOOST_AUTO_TEST_CASE(a_new_ring_is_empty) {
  ring r;
  BOOST_TEST(r.empty());
  r.reader.release();  // nothing was shown
  BOOST_TEST(r.reader.position() == 0u);
  BOOST_TEST(r.empty());
}

BOOST_AUTO_TEST_CASE(messages_of_the_sizes_at_the_edges_pass) {
  for (const std::size_t capacity : {std::size_t{4096}, std::size_t{16384}}) {
    ring r(capacity);
    BOOST_TEST(r.writer.max_message_size() == capacity - 16);
    BOOST_TEST(r.reader.max_message_size() == capacity - 16);
    std::uint64_t number = 0;
    for (int lap = 0; lap != 20; ++lap) {
      for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{8}, std::size_t{9},
                                     capacity - 24, capacity - 17, capacity - 16}) {
        BOOST_REQUIRE(r.write(size, number));
        BOOST_REQUIRE(r.read(size, number));
        BOOST_REQUIRE(r.empty());
        ++number;
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_message_that_can_never_fit_is_too_large_at_once_and_the_ring_goes_on) {
  ring r;
  for (const std::size_t size : {r.writer.capacity() - 15, r.writer.capacity(), ~std::size_t{0}, ~std::size_t{0} - 7}) {
    error_code ec;
    BOOST_TEST((r.writer.try_reserve(size, ec).data() == nullptr));
    BOOST_TEST((ec == error::message_too_large));
  }
  BOOST_TEST(r.empty());
  BOOST_TEST(r.write(r.writer.max_message_size(), 1));
  BOOST_TEST(r.read(r.writer.max_message_size(), 1));
}

BOOST_AUTO_TEST_CASE(the_largest_message_fits_wherever_the_empty_ring_stands) {
  ring r;
  for (std::size_t at = 0; at <= r.writer.capacity(); at += 8) {
    BOOST_REQUIRE(r.writer.position() % 8 == 0);
    BOOST_REQUIRE(r.write(r.writer.max_message_size(), at));
    BOOST_REQUIRE(r.read(r.writer.max_message_size(), at));
    BOOST_REQUIRE(r.empty());
    r.advance(16);
  }
}

BOOST_AUTO_TEST_CASE(a_message_is_whole_and_aligned_wherever_it_crosses_the_end_of_the_ring) {
  // A message and its neighbour make a footprint of 24, 32, ...: so each lap meets the end at another place.
  for (std::size_t size = 0; size != 200; ++size) {
    ring r;
    for (std::uint64_t number = 0; number != 600; number += 2) {
      error_code ec;
      const auto room = r.writer.try_reserve(size, ec);
      BOOST_REQUIRE((reinterpret_cast<std::uintptr_t>(room.data()) % 8 == 0));
      BOOST_REQUIRE(r.write(size, number));
      BOOST_REQUIRE(r.write(1, number + 1));
      BOOST_REQUIRE(r.read(size, number));
      BOOST_REQUIRE(r.read(1, number + 1));
      BOOST_REQUIRE(r.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_kind_of_any_value_goes_with_its_message) {
  ring r;
  for (const std::uint16_t kind : std::initializer_list<std::uint16_t>{0, 1, 0x7fff, 0x8000, 0xffff}) {
    BOOST_TEST(r.write(3, 5, kind));
    BOOST_TEST(r.read(3, 5, kind));
  }
}

BOOST_AUTO_TEST_CASE(what_is_reserved_or_staged_is_not_seen_before_it_is_published) {
  ring r;
  error_code ec;
  auto room = r.writer.try_reserve(10, ec);
  test::fill_pattern(room, 1);
  BOOST_TEST(r.empty());
  r.writer.stage(10, 0);
  BOOST_TEST(r.empty());
  room = r.writer.try_reserve(20, ec);
  test::fill_pattern(room, 2);
  r.writer.stage(20, 0);
  BOOST_TEST(r.empty());
  r.writer.publish();
  BOOST_TEST(r.read(10, 1));
  BOOST_TEST(r.read(20, 2));
  BOOST_TEST(r.empty());
}

BOOST_AUTO_TEST_CASE(publishing_nothing_shows_nothing) {
  ring r;
  r.writer.publish();
  BOOST_TEST(r.empty());
  BOOST_TEST(r.write(1, 1));
  r.writer.publish();
  BOOST_TEST(r.read(1, 1));
  BOOST_TEST(r.empty());
}

BOOST_AUTO_TEST_CASE(a_reservation_is_replaced_by_the_next_and_may_be_committed_in_part) {
  ring r;
  error_code ec;
  const auto first = r.writer.try_reserve(1000, ec);
  const auto second = r.writer.try_reserve(500, ec);
  BOOST_TEST((first.data() == second.data()));
  test::fill_pattern(second, 4);
  r.writer.commit(3);
  BOOST_TEST(r.read(3, 4));
  BOOST_TEST(r.empty());
}

BOOST_AUTO_TEST_CASE(a_full_ring_has_room_again_for_just_what_was_released) {
  ring r;
  std::size_t sent = 0;
  while (r.write(24, sent)) ++sent;
  BOOST_TEST(sent == 4096 / 32 - 1);
  error_code ec;
  BOOST_TEST((r.writer.try_reserve(24, ec).data() == nullptr));
  BOOST_TEST(!ec);
  BOOST_TEST(r.writer.released_needed(24) == 8u, "all but 8 bytes of a message that is to go");
  BOOST_TEST(r.read(24, 0));
  BOOST_TEST(r.write(24, sent));
  BOOST_TEST(!r.write(24, sent + 1));
  for (std::size_t i = 1; i <= sent; ++i) BOOST_REQUIRE(r.read(24, i));
  BOOST_TEST(r.empty());
}

BOOST_AUTO_TEST_CASE(a_message_that_was_shown_stays_until_it_is_released) {
  ring r;
  BOOST_TEST(r.write(9, 1));
  error_code ec;
  const auto first = r.reader.try_peek(ec);
  const auto again = r.reader.try_peek(ec);
  BOOST_TEST((first.data() == again.data()));
  BOOST_TEST(r.read(9, 1));
  r.reader.release();
  r.reader.release();  // twice is once
  BOOST_TEST(r.write(9, 2));
  BOOST_TEST(r.read(9, 2));
}

BOOST_AUTO_TEST_CASE(the_short_way_writes_and_reads_what_the_long_way_does) {
  test::sequence random(23);
  ring r;
  std::uint64_t number = 0;
  for (int i = 0; i != 5000; ++i) {
    const std::size_t size = random.next(1000);
    ++number;
    const bool put = r.writer.try_put(size, 0, [&](std::span<std::byte> room) {
      BOOST_REQUIRE(room.size() == size);
      test::fill_pattern(room, number);
    });
    // It does not look at the reader, so now and then the long way has to.
    if (!put) BOOST_REQUIRE(r.write(size, number));
    if (random.next(2) == 0) {
      BOOST_REQUIRE(r.read(size, number));
    } else {
      bool right = false;
      BOOST_REQUIRE(r.reader.try_take([&](const message_view& message) {
        right = message.size() == size && test::has_pattern(message.bytes(), number);
        return true;
      }));
      BOOST_REQUIRE(right);
    }
    BOOST_REQUIRE(r.empty());
  }
}

BOOST_AUTO_TEST_CASE(the_short_way_is_not_taken_where_something_is_in_doubt) {
  ring r;
  const auto fill = [](std::span<std::byte>) { BOOST_FAIL("there is no room for it"); };
  const auto use = [](const message_view&) {
    BOOST_ERROR("there is no such message");
    return true;
  };
  for (const std::size_t size : {r.writer.capacity() - 15, r.writer.capacity(), ~std::size_t{0}, ~std::size_t{0} - 7,
                                 ~std::size_t{0} - 15, ~std::size_t{0} - 23}) {
    BOOST_TEST(!r.writer.try_put(size, 0, fill));
  }
  r.writer.expect_unread(64);
  BOOST_TEST(!r.writer.try_put(57, 0, fill));
  BOOST_TEST(r.writer.try_put(56, 0, [](std::span<std::byte>) {}));
  BOOST_TEST(!r.writer.try_put(0, 0, fill));
  BOOST_TEST(r.reader.try_take([](const message_view&) { return true; }));
  BOOST_TEST(!r.writer.try_put(0, 0, fill));  // it does not know yet
  BOOST_TEST(r.writer.look_at_reader());
  BOOST_TEST(r.writer.try_put(0, 0, [](std::span<std::byte>) {}));

  error_code ec;
  r.writer.try_reserve(0, ec);
  r.writer.stage(0, 0);
  BOOST_TEST(!r.writer.try_put(0, 0, fill));  // it would be seen before what is staged
  r.writer.publish();

  for (int i = 0; i != 2; ++i) BOOST_TEST(r.reader.try_take([](const message_view&) { return true; }));
  BOOST_TEST(!r.reader.try_take(use));
  BOOST_TEST(!r.reader.try_peek_plain());
  const auto at = r.data.data() + r.reader.position();
  for (const std::uint64_t value : {std::uint64_t{1}, header::encode(4096 - 15, 0), header::encode(0xffff'ffff, 0),
                                    header::encode(8, 0, header::request), header::encode(8, 0, header::reply),
                                    header::encode(16, 0, header::large), header::encode(8, 0) | std::uint64_t{1} << 51,
                                    header::encode(8, 0) & ~header::committed}) {
    word(at).store(value);
    BOOST_TEST(!r.reader.try_take(use));
    BOOST_TEST(!r.reader.try_peek_plain());
  }
  word(at).store(header::encode(8, 3));
  BOOST_TEST(!r.reader.try_take([](const message_view& message) { return message.kind() != 3; }));
  BOOST_TEST((r.reader.try_peek_plain().kind() == 3));  // it was not wanted, so it is still there
}

BOOST_AUTO_TEST_CASE(unread_bytes_count_headers_and_padding) {
  ring r;
  BOOST_TEST(r.write(1, 0));
  BOOST_TEST(r.write(8, 0));
  BOOST_TEST(r.writer.unread(r.writer.position()) == 32u);
  BOOST_TEST(r.read(1, 0));
  BOOST_TEST(r.writer.unread(r.writer.position()) == 16u);
  r.back.control()->released.store(1 << 20);  // what an impossible reader says is not believed
  BOOST_TEST(r.writer.unread(r.writer.position()) == 0u);
}

BOOST_AUTO_TEST_CASE(each_impossible_released_position_is_a_protocol_violation) {
  // Filled until there is no room, and read by half, so that the writer has a last known position that is not 0.
  const std::uint64_t step = 8 + 1000;
  for (const std::uint64_t wrong :
       {std::uint64_t{1}, 2 * step + 4, 2 * step - 8, step, std::uint64_t{0}, 6 * step + 8, 6 * step + 4096,
        std::uint64_t{1} << 63, ~std::uint64_t{0}, ~std::uint64_t{7}, std::uint64_t{0} - 4096}) {
    ring r;
    for (int i = 0; i != 4; ++i) BOOST_REQUIRE(r.write(1000, 0));
    for (int i = 0; i != 2; ++i) BOOST_REQUIRE(r.read(1000, 0));
    for (int i = 0; i != 2; ++i) BOOST_REQUIRE(r.write(1000, 0));
    r.back.control()->released.store(wrong);
    error_code ec;
    BOOST_TEST((r.writer.try_reserve(1000, ec).data() == nullptr));
    BOOST_TEST((ec == error::protocol_violation), "released = " << wrong);
  }
}

BOOST_AUTO_TEST_CASE(the_edges_of_the_possible_released_positions_are_taken) {
  const std::uint64_t step = 8 + 1000;
  for (const std::uint64_t right : {2 * step, 2 * step + 8, 3 * step, 6 * step}) {
    ring r;
    for (int i = 0; i != 4; ++i) BOOST_REQUIRE(r.write(1000, 0));
    for (int i = 0; i != 2; ++i) BOOST_REQUIRE(r.read(1000, 0));
    for (int i = 0; i != 2; ++i) BOOST_REQUIRE(r.write(1000, 0));
    r.back.control()->released.store(right);
    error_code ec;
    r.writer.try_reserve(1000, ec);
    BOOST_TEST(!ec);
  }
}

BOOST_AUTO_TEST_CASE(each_impossible_header_is_a_protocol_violation) {
  std::vector<std::uint64_t> wrong{1,
                                   0x7fff'ffff'ffff'ffff,
                                   ~std::uint64_t{0},
                                   header::encode(4096 - 15, 0),
                                   header::encode(4096, 0),
                                   header::encode(0xffff'ffff, 0),
                                   header::encode(8, 0) & ~header::committed};
  wrong.push_back(header::encode(7, 0, header::request));
  wrong.push_back(header::encode(8, 0, header::request));  // without a number
  wrong.push_back(header::encode(8, 0, header::reply));
  wrong.push_back(header::encode(8, 0, header::request | header::reply));
  for (unsigned bit = 50; bit != 63; ++bit) wrong.push_back(header::encode(8, 3) | std::uint64_t{1} << bit);
  for (unsigned bit = 12; bit != 32; ++bit) wrong.push_back(header::encode(std::uint32_t{1} << bit, 0));
  for (const std::uint64_t value : wrong) {
    ring r;
    BOOST_REQUIRE(r.write(5, 1));
    BOOST_REQUIRE(r.read(5, 1));
    word(r.data.data() + r.reader.position()).store(value);
    error_code ec;
    BOOST_TEST(!r.reader.try_peek(ec));
    BOOST_TEST((ec == error::protocol_violation), "header = " << std::hex << value);
  }
}

BOOST_AUTO_TEST_CASE(no_header_leads_out_of_the_ring) {
  test::sequence random(17);
  ring r;
  for (int i = 0; i != 20000; ++i) {
    // Half of them nearly right, since few of all values are.
    std::uint64_t value = random.next(~std::uint64_t{0} - 1);
    if (i % 2 == 0) value = header::committed | (value & 0xffff'0000'1fff);
    word(r.data.data()).store(value);
    error_code ec;
    const auto message = r.reader.try_peek(ec);
    if (!message) continue;
    BOOST_REQUIRE((message.data() == r.data.data() + 8));
    BOOST_REQUIRE(message.size() <= r.reader.max_message_size());
  }
}

BOOST_AUTO_TEST_CASE(a_header_is_as_the_layout_says) {
  BOOST_TEST(header::encode(0x1234'5678, 0xabcd) == 0x8000'abcd'1234'5678u);
  BOOST_TEST(header::length(0x8000'abcd'1234'5678u) == 0x1234'5678u);
  BOOST_TEST(header::kind(0x8000'abcd'1234'5678u) == 0xabcd);
  BOOST_TEST(header::footprint(0) == 8u);
  BOOST_TEST(header::footprint(1) == 16u);
  BOOST_TEST(header::footprint(8) == 16u);
  BOOST_TEST(header::footprint(9) == 24u);
  BOOST_TEST(header::footprint(0xffff'ffff) == 0x1'0000'0008u);
}

BOOST_AUTO_TEST_CASE(a_ring_behaves_as_a_queue_of_limited_size) {
  struct message {
    std::size_t size;
    std::uint16_t kind;
    std::uint64_t number;
  };
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    test::sequence random(seed);
    ring r;
    std::deque<message> visible;
    std::deque<message> staged;
    std::uint64_t used = 0;  // bytes of the ring, by the layout
    std::uint64_t number = 0;
    for (int i = 0; i != 50000; ++i) {
      switch (random.next(5)) {
        case 0:
        case 1: {  // stage one
          const std::size_t size = random.next(9) == 0 ? random.next(4200) : random.next(300);
          error_code ec;
          const auto room = r.writer.try_reserve(size, ec);
          if (size > 4096 - 16) {
            BOOST_REQUIRE((ec == error::message_too_large));
            break;
          }
          const bool fits = used + header::footprint(size) + 8 <= 4096;
          BOOST_REQUIRE((!ec && (room.data() != nullptr) == fits));
          if (!fits) break;
          const message m{size, static_cast<std::uint16_t>(random.next(0xffff)), number++};
          test::fill_pattern(room, m.number);
          r.writer.stage(m.size, m.kind);
          staged.push_back(m);
          used += header::footprint(size);
          break;
        }
        case 2:  // publish them
          r.writer.publish();
          visible.insert(visible.end(), staged.begin(), staged.end());
          staged.clear();
          break;
        default: {  // take one
          if (visible.empty()) {
            BOOST_REQUIRE(r.empty());
            break;
          }
          const message m = visible.front();
          visible.pop_front();
          BOOST_REQUIRE(r.read(m.size, m.number, m.kind));
          used -= header::footprint(m.size);
          break;
        }
      }
    }
    BOOST_TEST(number > 5000u);
  }
}
