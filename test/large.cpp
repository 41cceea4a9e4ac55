// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/ring_writer.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define BOOST_TEST_MODULE large
#include "support/channel_fixture.hpp"
#include "support/child.hpp"
#include "support/completion.hpp"
#include "support/descriptor_limit.hpp"
#include "support/memory.hpp"
#include "support/pattern.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

// Messages that are larger than the ring.

using belfry::channel;
using belfry::error;
using belfry::error_code;
using belfry::message_view;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace posix = belfry::detail::posix;
namespace test = belfry::test;
using test::into;
using test::pattern_text;

namespace {

constexpr std::size_t kilo = 1024;
constexpr std::size_t mega = 1024 * kilo;

struct fixture : test::blocking_channel_fixture {
  explicit fixture(std::size_t bytes = mega, std::uint32_t regions = 16)
      : blocking_channel_fixture(test::large_messages(bytes, regions)) {}
  error_code ec;
};

/// Room for two messages of 100 KiB, or one of 200.
struct for_two : fixture {
  for_two() : fixture(200 * kilo) {}
  const std::string half = pattern_text(100 * kilo);
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sizes)

BOOST_AUTO_TEST_CASE(none_is_larger_than_the_ring_unless_that_was_asked_for) {
  asio::io_context context;
  auto [a, b] = test::make_channels(context.get_executor());
  error_code ec;
  a.sender().send(asio::buffer(pattern_text(4096 - 15)), ec);
  BOOST_TEST((ec == error::message_too_large));
  BOOST_TEST(a.sender().max_message_size() == 4096u - 16);
  BOOST_TEST(b.receiver().max_message_size() == 4096u - 16);
}

BOOST_FIXTURE_TEST_CASE(all_up_to_the_limit_arrive_as_they_were_sent, fixture) {
  BOOST_TEST(a.sender().max_message_size() == mega);
  BOOST_TEST(b.receiver().max_message_size() == mega);
  unsigned seed = 0;
  for (const std::size_t size :
       {4096 - 16UL, 4096 - 15UL, 4096UL, 4097UL, 5000UL, 65536UL, 300'001UL, mega - 1, mega}) {
    const auto text = pattern_text(size, ++seed);
    a.sender().send(asio::buffer(text), static_cast<std::uint16_t>(seed));
    const auto message = b.receiver().peek();
    BOOST_TEST(message.kind() == seed);
    BOOST_TEST((message.text() == text));
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(message.data()) % 8 == 0u);
    b.receiver().release();
  }
  const auto s = a.stats();
  BOOST_TEST(s.sent.messages == seed);
  BOOST_TEST(s.sent.bytes == b.stats().received.bytes);
}

BOOST_FIXTURE_TEST_CASE(above_the_limit_is_too_large_at_once_and_the_channel_goes_on, fixture) {
  a.sender().send(asio::buffer(pattern_text(mega + 1)), ec);
  BOOST_TEST((ec == error::message_too_large));
  BOOST_TEST(a.stats().regions == 0u);
  a.sender().send(asio::buffer(pattern_text(mega)));
  BOOST_TEST(b.receiver().peek().size() == mega);
}

BOOST_AUTO_TEST_CASE(each_direction_has_its_own_limit) {
  asio::io_context context;
  auto [a, b] = test::make_channels(context.get_executor(), {4096, 4096, {}, {5000, 1}});
  BOOST_TEST(a.sender().max_message_size() == 4096u - 16);
  BOOST_TEST(b.sender().max_message_size() == 8192u);  // whole pages
  BOOST_TEST(a.receiver().max_message_size() == 8192u);
}

BOOST_AUTO_TEST_CASE(limits_that_make_no_sense_are_invalid_arguments) {
  using limits = belfry::large_message_limits;
  asio::io_context context;
  for (const auto& bad : {limits{limits::max_bytes + 1, 1}, limits{4096, 0}, limits{4096, limits::max_regions + 1}}) {
    error_code ec;
    channel::create_pair(context.get_executor(), {4096, 4096, bad, {}}, ec);
    BOOST_TEST((ec == boost::system::errc::invalid_argument));
    channel::create_pair(context.get_executor(), {4096, 4096, {}, bad}, ec);
    BOOST_TEST((ec == boost::system::errc::invalid_argument));
  }
  auto [a, b] = test::make_channels(context.get_executor(), {4096, 4096, {limits::max_bytes, limits::max_regions}, {}});
  BOOST_TEST(a.sender().max_message_size() == limits::max_region_bytes);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(in_place)

BOOST_FIXTURE_TEST_CASE(a_message_is_written_and_read_where_it_lies, fixture) {
  const auto room = a.sender().reserve(500'000);
  BOOST_TEST(room.size() == 500'000u);
  const auto text = pattern_text(400'000);
  std::memcpy(room.data(), text.data(), text.size());
  a.sender().commit(text.size(), 7);
  const auto message = b.receiver().peek();
  BOOST_TEST((message.text() == text));
  // Shared, not copied: this is malice, but it shows.
  room[0] = std::byte{'!'};
  BOOST_TEST((message.data()[0] == std::byte{'!'}));
}

BOOST_FIXTURE_TEST_CASE(less_than_was_reserved_may_be_committed_even_nothing, fixture) {
  for (const std::size_t size : {0UL, 1UL, 4000UL, 5000UL}) {
    const auto room = a.sender().reserve(10'000);
    std::memset(room.data(), 'x', size);
    a.sender().commit(size);
    BOOST_TEST(b.receiver().peek().text() == std::string(size, 'x'));
    b.receiver().release();
  }
}

BOOST_FIXTURE_TEST_CASE(a_reservation_is_replaced_by_the_next_one, fixture) {
  a.sender().reserve(10'000);
  std::memcpy(a.sender().reserve(5).data(), "small", 5);
  a.sender().commit(5);
  BOOST_TEST(b.receiver().peek().text() == "small");
  b.receiver().release();
  a.sender().reserve(10'000);
  a.sender().abandon();
  a.sender().reserve(20'000);
  const auto room = a.sender().reserve(10'000);
  std::memset(room.data(), 'x', 10'000);
  a.sender().commit(10'000);
  BOOST_TEST(b.receiver().peek().text() == std::string(10'000, 'x'));
  BOOST_TEST(a.stats().sent.messages == 2u);
}

BOOST_FIXTURE_TEST_CASE(batches_mix_them_with_small_ones, fixture) {
  for (unsigned i = 0; i != 3; ++i) {
    std::memcpy(a.sender().reserve(5).data(), "small", 5);
    a.sender().stage(5);
    const auto text = pattern_text(20'000, i);
    std::memcpy(a.sender().reserve(text.size()).data(), text.data(), text.size());
    a.sender().stage(text.size());
  }
  BOOST_TEST(!b.receiver().try_peek());
  a.sender().publish();
  std::vector<message_view> all;
  for (auto message = b.receiver().peek(); message; message = b.receiver().try_peek_next()) all.push_back(message);
  BOOST_REQUIRE(all.size() == 6u);
  for (unsigned i = 0; i != 3; ++i) {
    BOOST_TEST(all[2 * i].text() == "small");
    BOOST_TEST((all[2 * i + 1].text() == pattern_text(20'000, i)));
  }
  b.receiver().release();
  BOOST_TEST(b.stats().received.messages == 6u);
  BOOST_TEST(b.stats().received.bytes == 3u * 20'005);
  BOOST_TEST(!b.receiver().try_peek());
}

BOOST_FIXTURE_TEST_CASE(one_that_is_received_into_too_little_stays, fixture) {
  const auto text = pattern_text(50'000);
  a.sender().send(asio::buffer(text));
  std::array<char, 49'999> little;
  b.receiver().receive(asio::buffer(little), ec);
  BOOST_TEST((ec == error::buffer_too_small));
  std::string all;
  b.receiver().receive(asio::dynamic_buffer(all));
  BOOST_TEST((all == text));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(regions)

BOOST_FIXTURE_TEST_CASE(are_used_again, fixture) {
  const auto text = pattern_text(100 * kilo);
  for (int i = 0; i != 1000; ++i) {
    a.sender().send(asio::buffer(text));
    b.receiver().peek();
    b.receiver().release();
  }
  BOOST_TEST(a.stats().regions == 1u);
  BOOST_TEST(a.stats().region_bytes <= 125 * kilo);
  BOOST_TEST(b.stats().regions == 0u);
  BOOST_TEST(test::mappings("belfry-large") == 2);  // one side each
}

BOOST_FIXTURE_TEST_CASE(are_shared_by_messages_of_about_the_same_size, fixture) {
  for (std::size_t size = 80 * kilo; size <= 100 * kilo; size += kilo) {
    a.sender().send(asio::buffer(pattern_text(size)));
    b.receiver().peek();
    b.receiver().release();
  }
  BOOST_TEST(a.stats().regions <= 3u);
}

BOOST_FIXTURE_TEST_CASE(are_given_up_where_a_larger_one_is_needed, for_two) {
  for (int i = 0; i != 2; ++i) a.sender().send(asio::buffer(half));
  BOOST_TEST(a.stats().regions == 2u);
  for (int i = 0; i != 2; ++i) {
    BOOST_TEST((b.receiver().peek().text() == half));
    b.receiver().release();
  }
  const auto whole = pattern_text(200 * kilo);
  a.sender().send(asio::buffer(whole));
  BOOST_TEST(a.stats().regions == 1u);
  BOOST_TEST(a.stats().region_bytes == 200 * kilo);
  BOOST_TEST((b.receiver().peek().text() == whole));
  BOOST_TEST(test::mappings("belfry-large") == 2);
}

BOOST_AUTO_TEST_CASE(are_no_more_than_was_agreed_on) {
  fixture f(mega, 2);
  const auto text = pattern_text(5000);
  BOOST_TEST(f.a.sender().try_send(asio::buffer(text)));
  BOOST_TEST(f.a.sender().try_send(asio::buffer(text)));
  BOOST_TEST(!f.a.sender().try_send(asio::buffer(text)));
  BOOST_TEST(f.a.sender().try_send(asio::buffer("small", 5)));
  f.b.receiver().peek();
  f.b.receiver().release();
  BOOST_TEST(f.a.sender().try_send(asio::buffer(text)));
  BOOST_TEST(f.a.stats().regions == 2u);
}

BOOST_AUTO_TEST_CASE(leave_nothing_behind) {
  asio::io_context context;
  const auto before = test::open_descriptors();
  for (int i = 0; i != 20; ++i) {
    auto [a, b] = test::make_channels(context.get_executor(), test::large_messages(mega));
    for (std::size_t size = 5000; size < 300'000; size *= 2) a.sender().send(asio::buffer(pattern_text(size)));
    for (int n = 0; n != 3; ++n) {
      b.receiver().peek();
      b.receiver().release();
    }
  }
  BOOST_TEST(test::open_descriptors() == before);
  BOOST_TEST(test::mappings("belfry-large") == 0);
}

BOOST_FIXTURE_TEST_CASE(of_a_peer_that_is_gone_stay_until_released, fixture) {
  const auto text = pattern_text(50'000);
  a.sender().send(asio::buffer(text));
  a.sender().send(asio::buffer("small", 5));
  const auto message = b.receiver().peek();
  a = channel();
  BOOST_TEST((message.text() == text));
  b.receiver().release();
  BOOST_TEST(b.receiver().peek().text() == "small");
}

BOOST_FIXTURE_TEST_CASE(of_a_peer_that_was_killed_are_read_to_the_end, fixture) {
  auto [mine, theirs] = channel::create_pair(context.get_executor(), test::large_messages(mega));
  test::child peer([&] {
    asio::io_context own;
    mine = channel();
    auto host = channel::from_handle(own.get_executor(), std::move(theirs));
    for (unsigned i = 0; i != 4; ++i) host.sender().send(asio::buffer(pattern_text(200'000, i)));
    ::raise(SIGKILL);
    return 0;
  });
  theirs = {};
  BOOST_TEST(peer.wait() == 128 + SIGKILL);
  for (unsigned i = 0; i != 4; ++i) {
    BOOST_TEST((mine.receiver().peek().text() == pattern_text(200'000, i)));
    mine.receiver().release();
  }
  mine.receiver().peek(ec);
  BOOST_TEST((ec == error::peer_dead));
}

BOOST_AUTO_TEST_CASE(in_a_forked_childs_copy_are_given_up_without_harm) {
  fixture f;
  f.a.sender().send(asio::buffer(pattern_text(50'000)));
  f.b.receiver().peek();
  BOOST_TEST(test::child([&] {
               f.sides = {};
               return 0;
             }).wait() == 0);
  BOOST_TEST((f.b.receiver().peek().text() == pattern_text(50'000)));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(waiting)

BOOST_FIXTURE_TEST_CASE(for_a_region_ends_with_a_release, for_two) {
  std::size_t received = 0;
  std::jthread reader([&] {
    for (int i = 0; i != 200; ++i) {
      received += b.receiver().peek().text() == half;
      b.receiver().release();
    }
  });
  for (int i = 0; i != 200; ++i) a.sender().send(asio::buffer(half));
  reader.join();
  BOOST_TEST(received == 200u);
  BOOST_TEST(a.stats().region_bytes <= 200 * kilo);
}

BOOST_FIXTURE_TEST_CASE(for_all_regions_where_the_message_needs_all, for_two) {
  const auto whole = pattern_text(200 * kilo, 1);
  for (int i = 0; i != 2; ++i) a.sender().send(asio::buffer(half));
  std::optional<error_code> sent;
  a.sender().async_send(asio::buffer(whole), into(sent));
  poll();
  b.receiver().peek();
  b.receiver().release();
  poll();
  BOOST_TEST(!sent);
  b.receiver().peek();
  b.receiver().release();
  run();
  BOOST_REQUIRE(sent.has_value());
  BOOST_TEST(!*sent);
  BOOST_TEST((b.receiver().peek().text() == whole));
}

BOOST_FIXTURE_TEST_CASE(has_a_limit_and_can_be_cancelled, for_two) {
  for (int i = 0; i != 2; ++i) a.sender().send(asio::buffer(half));
  a.sender().send_for(1ms, asio::buffer(half), ec);
  BOOST_TEST((ec == error::timed_out));
  std::optional<error_code> sent;
  a.sender().async_send(asio::buffer(half), into(sent));
  poll();
  a.sender().cancel();
  run();
  BOOST_TEST((*sent == test::aborted));
  BOOST_TEST(a.stats().sent.messages == 2u);
  // Small ones are not held up.
  a.sender().send(asio::buffer("small", 5));
}

BOOST_FIXTURE_TEST_CASE(ends_with_the_peer, for_two) {
  for (int i = 0; i != 2; ++i) a.sender().send(asio::buffer(half));
  std::optional<error_code> sent;
  a.sender().async_send(asio::buffer(half), into(sent));
  poll();
  b = channel();
  run();
  BOOST_TEST((*sent == error::closed));
}

BOOST_FIXTURE_TEST_CASE(of_both_sides_for_each_other_ends_when_both_read, for_two) {
  // Each has a message under way that nobody reads before the own send is done.
  constexpr int count = 100;
  auto talk = [&](channel& c) {
    std::jthread writer([&] {
      for (int i = 0; i != count; ++i) c.sender().send(asio::buffer(half));
    });
    int right = 0;
    for (int i = 0; i != count; ++i) {
      right += c.receiver().peek().text() == half;
      c.receiver().release();
    }
    return right;
  };
  int at_b = 0;
  std::jthread other([&] { at_b = talk(b); });
  BOOST_TEST(talk(a) == count);
  other.join();
  BOOST_TEST(at_b == count);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(volume)

BOOST_AUTO_TEST_CASE(a_gigabyte_passes_in_constant_memory) {
  constexpr std::uint64_t count = 1024;
  asio::io_context context;
  auto [mine, theirs] = channel::create_pair(context.get_executor(), test::large_messages(8 * mega));
  test::child peer([&] {
    asio::io_context own;
    mine = channel();
    auto host = channel::from_handle(own.get_executor(), std::move(theirs));
    for (std::uint64_t i = 0; i != count; ++i) {
      test::fill_pattern(host.sender().reserve(mega), i);
      host.sender().commit(mega);
    }
    const bool bounded = host.stats().region_bytes <= 8 * mega;
    host.close_for(1h);
    return bounded ? 0 : 1;
  });
  theirs = {};
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i != count; ++i) {
    const auto message = mine.receiver().peek();
    BOOST_REQUIRE(message.size() == mega);
    wrong += !test::has_pattern(message.bytes(), i);
    mine.receiver().release();
    if (i % 256 == 0) BOOST_TEST(test::mappings("belfry-large") <= 8);
  }
  BOOST_TEST(wrong == 0u);
  BOOST_TEST(peer.wait() == 0);
}

BOOST_AUTO_TEST_CASE(random_sizes_in_both_directions_arrive_whole) {
  constexpr int count = 2000;
  asio::io_context context;
  auto [mine, theirs] = channel::create_pair(context.get_executor(), test::large_messages(256 * kilo, 4));
  const auto size_of = [](int i) { return static_cast<std::size_t>(i * 7919 % 60'000); };
  const std::string bytes = pattern_text(61'000);
  const auto text_of = [&](int i) {
    return std::string_view(bytes).substr(static_cast<std::size_t>(i % 1000), size_of(i));
  };
  const auto talk = [&](channel& c) {
    std::jthread writer([&] {
      for (int i = 0; i != count; ++i) c.sender().send(asio::buffer(text_of(i)));
    });
    int right = 0;
    for (int i = 0; i != count; ++i) {
      right += c.receiver().peek().text() == text_of(i);
      c.receiver().release();
    }
    return right == count;
  };
  test::child peer([&] {
    asio::io_context own;
    mine = channel();
    auto host = channel::from_handle(own.get_executor(), std::move(theirs));
    return talk(host) ? 0 : 1;
  });
  theirs = {};
  BOOST_TEST(talk(mine));
  BOOST_TEST(peer.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(with_requests)

BOOST_FIXTURE_TEST_CASE(questions_and_answers_may_be_large, fixture) {
  const auto question = pattern_text(70'000, 1);
  const auto answer = pattern_text(80'000, 2);
  std::optional<error_code> ended;
  std::string text;
  a.async_request(asio::buffer(question), 3, asio::dynamic_buffer(text), into(ended));
  poll();
  const auto asked = b.receiver().peek();
  BOOST_TEST((asked.text() == question));
  BOOST_TEST(asked.kind() == 3u);
  const auto id = asked.request();
  b.receiver().release();
  b.sender().send(asio::buffer(pattern_text(60'000, 3)));  // the answer is read behind this
  b.reply(id, asio::buffer(answer));
  run();
  BOOST_REQUIRE(ended.has_value());
  BOOST_TEST(!*ended);
  BOOST_TEST((text == answer));
  BOOST_TEST((a.receiver().peek().text() == pattern_text(60'000, 3)));
  a.receiver().release();
  BOOST_TEST(!a.receiver().try_peek());
  const auto s = a.stats();
  BOOST_TEST(s.sent.bytes == 70'000u);
  BOOST_TEST(s.received.bytes == 140'000u);
}

BOOST_FIXTURE_TEST_CASE(also_where_somebody_blocks_for_the_answer, fixture) {
  std::jthread peer([&] {
    const auto asked = b.receiver().peek();
    const auto id = asked.request();
    const std::string same(asked.text());
    b.receiver().release();
    b.reply(id, asio::buffer(same));
  });
  std::string text;
  a.request(asio::buffer(pattern_text(90'000)), 0, asio::dynamic_buffer(text));
  BOOST_TEST((text == pattern_text(90'000)));
}

BOOST_FIXTURE_TEST_CASE(a_large_answer_that_nobody_waits_for_any_more_is_dropped, fixture) {
  std::string text;
  a.request_for(1ms, asio::buffer("?", 1), 0, asio::dynamic_buffer(text), ec);
  BOOST_TEST((ec == error::timed_out));
  const auto id = b.receiver().peek().request();
  b.receiver().release();
  b.reply(id, asio::buffer(pattern_text(90'000)));
  BOOST_TEST(!a.receiver().try_peek());
  BOOST_TEST(b.stats().unread_bytes == 0u);
  BOOST_TEST(text.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_broken_peer)

namespace {

/// A peer that does what it likes.
struct broken_peer {
  asio::io_context context;
  test::hand_made h = test::make_hand_made(context.get_executor(), test::large_messages(64 * kilo, 4));
  belfry::ring_writer writer{h.own, h.peer};
  error_code ec;

  static std::string words(std::initializer_list<std::uint64_t> list) {
    return {reinterpret_cast<const char*>(std::data(list)), list.size() * sizeof(std::uint64_t)};
  }
  void announce(std::uint64_t id, std::uint64_t size, int fd) {
    h.line.send(belfry::frame_type::region, words({id, size}), fd, ec);
    BOOST_TEST(!ec);
  }
  void pass(std::uint64_t id, std::size_t size) { announce(id, size, test::make_memory(size).get()); }
  void give_up(std::uint64_t id) { h.line.send(belfry::frame_type::region_gone, words({id}), ec); }
  void refer(std::uint64_t id, std::uint64_t size) {
    const auto reference = words({id, size});
    std::memcpy(writer.try_reserve(reference.size(), ec).data(), reference.data(), reference.size());
    writer.commit(reference.size(), 0, belfry::detail::message_header::large);
  }
  error_code look() {
    h.a.receiver().try_peek(ec);
    return ec;
  }
  /// What the other side finds when it hears what was said.
  error_code listen() {
    h.a.is_open();
    h.a.sender().try_send(asio::buffer("x", 1), ec);
    return ec;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(that_is_correct_after_all_is_understood, broken_peer) {
  pass(1, 8192);
  refer(1, 8192);
  BOOST_TEST(!look());
  BOOST_TEST(h.a.receiver().try_peek().size() == 8192u);
  h.a.receiver().release();
  give_up(1);
  pass(7, 64 * kilo);
  refer(7, 0);
  BOOST_TEST(!look());
  BOOST_TEST(h.a.receiver().try_peek().size() == 0u);
}

BOOST_FIXTURE_TEST_CASE(may_pass_regions_in_any_number_of_frames_before_one_is_used, broken_peer) {
  for (std::uint64_t id = 1; id != 60; ++id) {
    pass(id, 4096);
    if (id != 59) give_up(id);
  }
  refer(59, 4096);
  BOOST_TEST(!look());
}

BOOST_AUTO_TEST_CASE(that_refers_to_what_is_not_there_breaks_the_protocol) {
  const std::vector<std::function<void(broken_peer&)>> ways{
      [](broken_peer& p) { p.refer(1, 1); },                                 // never passed
      [](broken_peer& p) { p.pass(1, 8192), p.refer(2, 1); },                // another one
      [](broken_peer& p) { p.pass(1, 8192), p.refer(1, 8193); },             // beyond its end
      [](broken_peer& p) { p.pass(1, 8192), p.refer(1, ~0ULL); },            // far beyond
      [](broken_peer& p) { p.pass(1, 8192), p.give_up(1), p.refer(1, 1); },  // gone
  };
  for (const auto& way : ways) {
    broken_peer p;
    way(p);
    BOOST_TEST((p.look() == error::protocol_violation));
    BOOST_TEST((p.listen() == error::protocol_violation));
  }
}

BOOST_AUTO_TEST_CASE(that_says_what_cannot_be_breaks_the_protocol) {
  const std::vector<std::function<void(broken_peer&)>> ways{
      [](broken_peer& p) { p.pass(1, 68 * kilo); },  // more bytes than agreed on
      [](broken_peer& p) { p.announce(1, ~0ULL, test::make_memory(4096).get()); },
      [](broken_peer& p) {
        for (std::uint64_t i = 1; i != 6; ++i) p.pass(i, 4096);
      },                                                         // more regions
      [](broken_peer& p) { p.pass(1, 4096), p.pass(1, 4096); },  // a number twice
      [](broken_peer& p) { p.pass(2, 4096), p.pass(1, 4096); },  // or back
      [](broken_peer& p) { p.pass(0, 4096); },                   // or none
      [](broken_peer& p) { p.announce(1, 0, test::make_memory(4096).get()); },
      [](broken_peer& p) { p.announce(1, 4096, -1); },                             // no descriptor
      [](broken_peer& p) { p.announce(1, 8192, test::make_memory(4096).get()); },  // smaller than was said
      [](broken_peer& p) { p.announce(1, 4096, test::make_memory(8192).get()); },  // or larger
      [](broken_peer& p) {                                                         // of a size that may change
        p.announce(1, 8192, test::make_memory(8192, F_SEAL_GROW | F_SEAL_FUTURE_WRITE).get());
      },
      [](broken_peer& p) {  // in which there may be holes later on
        p.announce(1, 8192, test::make_memory(8192, F_SEAL_SHRINK | F_SEAL_GROW).get());
      },
      [](broken_peer& p) {  // or are now
        p.announce(1, 8192, test::make_memory(8192, test::all_seals, test::pages::missing).get());
      },
      [](broken_peer& p) {  // no memory at all
        const posix::unique_descriptor file(::open("/dev/zero", O_RDWR | O_CLOEXEC));
        p.announce(1, 8192, file.get());
      },
      [](broken_peer& p) { p.give_up(1); },                                 // never passed
      [](broken_peer& p) { p.pass(1, 4096), p.give_up(1), p.give_up(1); },  // twice
      [](broken_peer& p) { p.h.line.send(belfry::frame_type::region_gone, "short", p.ec); },
      [](broken_peer& p) { p.h.line.send(belfry::frame_type::region, "short", test::make_memory(4096).get(), p.ec); },
      [](broken_peer& p) {  // while it is looked at
        p.pass(1, 4096);
        p.refer(1, 4096);
        p.look();
        p.give_up(1);
      },
  };
  for (const auto& way : ways) {
    broken_peer p;
    way(p);
    BOOST_TEST((p.listen() == error::protocol_violation));
  }
}

BOOST_FIXTURE_TEST_CASE(that_talks_without_end_keeps_nobody_busy, broken_peer) {
  refer(1'000'000'000, 1);
  const auto file = test::make_memory(4096);
  std::jthread flood([&](const std::stop_token& stop) {
    error_code ignored;
    for (std::uint64_t id = 1; !stop.stop_requested(); ++id) {
      h.line.send(belfry::frame_type::region, words({id, 4096}), file.get(), ignored);
      if (!ignored) {
        do h.line.send(belfry::frame_type::region_gone, words({id}), ignored);
        while (ignored && !stop.stop_requested());
      }
    }
  });
  BOOST_TEST((look() == error::protocol_violation));
}

BOOST_AUTO_TEST_CASE(must_not_speak_of_regions_where_none_were_agreed_on) {
  asio::io_context context;
  auto h = test::make_hand_made(context.get_executor());
  error_code ec;
  h.line.send(belfry::frame_type::region, broken_peer::words({1, 4096}), ec);
  BOOST_TEST(!h.a.is_open());
  h.a.sender().try_send(asio::buffer("x", 1), ec);
  BOOST_TEST((ec == error::protocol_violation));
}

BOOST_AUTO_TEST_CASE(leaves_no_descriptor_behind) {
  const auto before = test::open_descriptors();
  {
    broken_peer p;
    for (std::uint64_t i = 1; i != 5; ++i) p.pass(i, 4096);
    p.h.a.is_open();
    p.h.line.send(belfry::frame_type::goodbye, "", test::make_memory(4096).get(), p.ec);
    p.h.a.is_open();
  }
  BOOST_TEST(test::open_descriptors() == before);
}

BOOST_FIXTURE_TEST_CASE(cannot_take_away_what_is_looked_at, broken_peer) {
  pass(1, 4096);
  refer(1, 4096);
  const auto message = h.a.receiver().try_peek();
  give_up(1);
  BOOST_TEST((listen() == error::protocol_violation));
  BOOST_TEST(message.text() == std::string(4096, '\0'));
}

BOOST_FIXTURE_TEST_CASE(nobody_is_blamed_for_want_of_descriptors, broken_peer) {
  pass(1, 4096);
  {
    const test::descriptor_limit none(0);
    h.a.is_open();
  }
  refer(1, 4096);
  BOOST_TEST((look() == boost::system::errc::too_many_files_open));
  BOOST_TEST(h.a.is_open());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_CASE(a_sender_without_descriptors_or_memory_says_so_and_goes_on, fixture) {
  {
    const test::descriptor_limit none(0);
    a.sender().send(asio::buffer(pattern_text(50'000)), ec);
  }
  BOOST_TEST((ec == boost::system::errc::too_many_files_open));
  BOOST_TEST(a.stats().regions == 0u);
  a.sender().send(asio::buffer(pattern_text(50'000)));
  BOOST_TEST((b.receiver().peek().text() == pattern_text(50'000)));
}
