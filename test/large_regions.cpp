// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#define BOOST_TEST_MODULE large_regions
#include "support/child.hpp"
#include "support/completion.hpp"
#include "support/descriptor_limit.hpp"
#include "support/forked_peer.hpp"
#include "support/large_fixture.hpp"
#include "support/pattern.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

// The memory in which messages lie that are larger than the ring: how much there is of it, and who waits for it.

using belfry::channel;
using belfry::error;
using belfry::error_code;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace test = belfry::test;
using test::into;
using test::kilo;
using test::mega;
using test::pattern_text;
using fixture = test::large_fixture;

namespace {

/// Room for two messages of 100 KiB, or one of 200.
struct for_two : fixture {
  for_two() : fixture(200 * kilo) {}
  const std::string half = pattern_text(100 * kilo);
};

}  // namespace

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
  auto [mine, peer] = test::fork_peer(context.get_executor(), test::large_messages(mega), [&](channel& host) {
    for (unsigned i = 0; i != 4; ++i) host.sender().send(asio::buffer(pattern_text(200'000, i)));
    ::raise(SIGKILL);
    return 0;
  });
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
  BOOST_TEST(!sent.value());
  BOOST_TEST((b.receiver().peek().text() == whole));
}

BOOST_FIXTURE_TEST_CASE(has_a_limit_and_can_be_cancelled, for_two) {
  for (int i = 0; i != 2; ++i) a.sender().send(asio::buffer(half));
  a.sender().send_for(1ms, asio::buffer(half), ec);
  BOOST_TEST((ec == error::timed_out));
  std::optional<error_code> sent;
  a.sender().async_send(asio::buffer(half), into(sent));
  poll();
  BOOST_TEST(!sent);
  a.sender().cancel();
  run();
  BOOST_TEST((sent.value() == test::aborted));
  BOOST_TEST(a.stats().sent.messages == 2u);
  // Small ones are not held up.
  a.sender().send(asio::buffer("small", 5));
}

BOOST_FIXTURE_TEST_CASE(ends_with_the_peer, for_two) {
  for (int i = 0; i != 2; ++i) a.sender().send(asio::buffer(half));
  std::optional<error_code> sent;
  a.sender().async_send(asio::buffer(half), into(sent));
  poll();
  BOOST_TEST(!sent);
  b = channel();
  run();
  BOOST_TEST((sent.value() == error::closed));
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
