// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#define BOOST_TEST_MODULE batch
#include "support/channel_fixture.hpp"
#include "support/forked_peer.hpp"

#include <boost/test/unit_test.hpp>

// Several messages at the price of one: staged and published together, shown and released together.

using belfry::channel;
using belfry::error_code;
namespace asio = boost::asio;
namespace test = belfry::test;

namespace {

struct fixture : test::blocking_channel_fixture {
  void stage(std::string_view text, std::uint16_t kind = 0) {
    const auto room = a.sender().reserve(text.size());
    std::memcpy(room.data(), text.data(), text.size());
    a.sender().stage(text.size(), kind);
  }

  std::vector<std::string> all_shown() {
    std::vector<std::string> texts;
    error_code ec;
    for (auto m = b.receiver().try_peek(ec); m; m = b.receiver().try_peek_next(ec)) texts.emplace_back(m.text());
    BOOST_TEST(!ec);
    return texts;
  }
};

using texts = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_CASE(what_is_staged_is_seen_when_it_is_published_all_at_once, fixture) {
  stage("1");
  stage("", 7);
  stage("three");
  BOOST_TEST(all_shown().empty());
  a.sender().publish();
  BOOST_TEST(all_shown() == (texts{"1", "", "three"}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(the_next_commit_publishes_what_is_staged_before_it, fixture) {
  stage("1");
  a.sender().send(asio::buffer("2", 1));
  BOOST_TEST(all_shown() == (texts{"1", "2"}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(publishing_nothing_does_nothing, fixture) {
  a.sender().publish();
  BOOST_TEST(all_shown().empty());
  BOOST_TEST(a.stats().sent.messages == 0u);
}

BOOST_FIXTURE_TEST_CASE(an_abandoned_reservation_leaves_nothing, fixture) {
  std::memset(a.sender().reserve(100).data(), 0x55, 100);
  a.sender().abandon();
  a.sender().send(asio::buffer("x", 1));
  BOOST_TEST(all_shown() == (texts{"x"}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_batch_rings_a_sleeping_peer_once, fixture) {
  bool came = false;
  b.receiver().async_peek([&](error_code, belfry::message_view) { came = true; });
  poll();
  for (int i = 0; i != 16; ++i) stage("x");
  BOOST_TEST(a.stats().sent.rings == 0u);
  a.sender().publish();
  BOOST_TEST(a.stats().sent.rings == 1u);
  run();
  BOOST_TEST(came);
  BOOST_TEST(all_shown().size() == 16u);
}

BOOST_FIXTURE_TEST_CASE(rings_that_were_not_needed_are_counted_by_batch, fixture) {
  a.sender().send(asio::buffer("x", 1));
  for (int i = 0; i != 16; ++i) stage("x");
  a.sender().publish();
  BOOST_TEST(a.stats().sent.messages == 17u);
  BOOST_TEST(a.stats().sent.rings == 0u);
  BOOST_TEST(a.stats().rings_suppressed == 2u);
}

BOOST_FIXTURE_TEST_CASE(what_was_shown_is_released_together, fixture) {
  for (const char* text : {"1", "2", "3"}) a.sender().send(asio::buffer(text, 1));
  error_code ec;
  BOOST_TEST(b.receiver().peek().text() == "1");
  BOOST_TEST(b.receiver().try_peek_next(ec).text() == "2");
  b.receiver().release();
  BOOST_TEST(b.stats().received.messages == 2u);
  BOOST_TEST(b.stats().received.bytes == 2u);
  BOOST_TEST(all_shown() == (texts{"3"}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(peeking_anew_shows_the_oldest_alone, fixture) {
  for (const char* text : {"1", "2", "3"}) a.sender().send(asio::buffer(text, 1));
  BOOST_TEST(all_shown().size() == 3u);
  BOOST_TEST(b.receiver().peek().text() == "1");
  b.receiver().release();
  BOOST_TEST(b.stats().received.messages == 1u);
  BOOST_TEST(all_shown() == (texts{"2", "3"}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(the_next_of_nothing_is_the_oldest, fixture) {
  a.sender().send(asio::buffer("1", 1));
  error_code ec;
  BOOST_TEST(b.receiver().try_peek_next(ec).text() == "1");
  BOOST_TEST(!b.receiver().try_peek_next(ec));
  BOOST_TEST(!ec);
}

BOOST_FIXTURE_TEST_CASE(a_batch_is_shown_to_its_end_although_the_peer_has_gone, fixture) {
  for (const char* text : {"1", "2"}) a.sender().send(asio::buffer(text, 1));
  a.close();
  error_code ec;
  BOOST_TEST(b.receiver().peek(ec).text() == "1");
  BOOST_TEST(b.receiver().try_peek_next(ec).text() == "2");
  BOOST_TEST(!b.receiver().try_peek_next(ec));
  BOOST_TEST(!ec);
  b.receiver().release();
  BOOST_TEST(!b.receiver().peek(ec));
  BOOST_TEST((ec == belfry::error::closed));
  BOOST_TEST(!b.receiver().try_peek_next(ec));
  BOOST_TEST((ec == belfry::error::closed));
}

BOOST_FIXTURE_TEST_CASE(a_reservation_that_finds_no_room_publishes_what_is_staged, fixture) {
  const std::string half(a.sender().capacity() / 2, 'x');
  stage(half);
  error_code ec;
  BOOST_TEST(a.sender().try_reserve(half.size(), ec).data() == nullptr);
  BOOST_TEST(!ec);
  BOOST_TEST(all_shown().size() == 1u);
}

BOOST_AUTO_TEST_CASE(batches_of_any_size_pass_through_a_small_ring_between_two_processes) {
  constexpr std::uint64_t count = 100'000;
  asio::io_context context;
  auto [mine, peer] = test::fork_peer(context.get_executor(), {4096, 4096}, [](channel& c) {
    std::uint64_t expected = 0;
    while (expected != count) {
      error_code ec;
      for (auto m = c.receiver().peek(ec); m; m = c.receiver().try_peek_next(ec)) {
        std::uint64_t number = 0;
        if (m.size() != sizeof number) return 1;
        std::memcpy(&number, m.data(), sizeof number);
        if (number != expected++) return 2;
        if (number % 7 == 3) break;  // not always all
      }
      if (ec) return 3;
      c.receiver().release();
    }
    return 0;
  });
  for (std::uint64_t i = 0; i != count; ++i) {
    std::memcpy(mine.sender().reserve(sizeof i).data(), &i, sizeof i);
    if (i % 13 == 5) mine.sender().commit(sizeof i);
    else mine.sender().stage(sizeof i);
  }
  mine.sender().publish();
  BOOST_TEST(peer.wait() == 0);
}

BOOST_FIXTURE_TEST_CASE(the_fullest_that_the_ring_was_is_remembered, fixture) {
  const std::string eighth(a.sender().capacity() / 8, 'x');
  a.sender().send(asio::buffer("x", 1));
  BOOST_TEST(a.stats().high_water_bytes == 0u);
  for (int i = 0; i != 3; ++i) a.sender().send(asio::buffer(eighth));
  const auto record = a.stats().high_water_bytes;
  BOOST_TEST(record == a.stats().unread_bytes);
  while (b.receiver().try_peek()) b.receiver().release();
  a.sender().send(asio::buffer(eighth));
  a.sender().send(asio::buffer(eighth));
  BOOST_TEST(a.stats().high_water_bytes == record);
}
