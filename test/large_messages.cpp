// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#define BOOST_TEST_MODULE large_messages
#include "support/completion.hpp"
#include "support/forked_peer.hpp"
#include "support/large_fixture.hpp"
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
namespace test = belfry::test;
using test::into;
using test::kilo;
using test::mega;
using test::pattern_text;
using fixture = test::large_fixture;

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

BOOST_AUTO_TEST_SUITE(volume)

BOOST_AUTO_TEST_CASE(a_gigabyte_passes_in_constant_memory) {
  constexpr std::uint64_t count = 1024;
  asio::io_context context;
  auto [mine, peer] = test::fork_peer(context.get_executor(), test::large_messages(8 * mega), [&](channel& host) {
    for (std::uint64_t i = 0; i != count; ++i) {
      test::fill_pattern(host.sender().reserve(mega), i);
      host.sender().commit(mega);
    }
    const bool bounded = host.stats().region_bytes <= 8 * mega;
    host.close_for(1h);
    return bounded ? 0 : 1;
  });
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
  auto [mine, peer] = test::fork_peer(context.get_executor(), test::large_messages(256 * kilo, 4),
                                      [&](channel& host) { return talk(host) ? 0 : 1; });
  BOOST_TEST(talk(mine));
  BOOST_TEST(peer.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
