// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/detail/segment_layout.hpp>
#include <belfry/ring_writer.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <thread>

#define BOOST_TEST_MODULE unasked_replies
#include "support/channels.hpp"
#include "support/completion.hpp"
#include "support/context_fixture.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

// A peer may send any number of replies that nobody waits for. They take their time, and nobody's beyond it.

using belfry::error;
using belfry::error_code;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace test = belfry::test;

namespace {

constexpr std::size_t capacity = 64 * 1024;
constexpr std::uint64_t many = 3000;

struct fixture : test::context_fixture {
  /// As much of it as fits.
  std::uint64_t reply(std::uint64_t id, std::uint64_t times = 1) {
    error_code ignored;
    for (std::uint64_t i = 0; i != times; ++i) {
      const auto room = writer.try_reserve(sizeof id, ignored);
      if (room.data() == nullptr) return i;
      std::memcpy(room.data(), &id, sizeof id);
      writer.commit(sizeof id, 0, belfry::detail::message_header::reply);
    }
    return times;
  }
  void say_something() {
    std::memcpy(writer.try_reserve(4, ec).data(), "text", 4);
    writer.commit(4, 0);
  }

  test::hand_made h = test::make_hand_made(context.get_executor(), {4096, capacity});
  belfry::ring_writer writer{h.own, h.peer};
  error_code ec;
};

/// As long as it lives, the peer sends nothing but such replies.
struct flood : fixture {
  ~flood() {
    writes.request_stop();
    writes.join();
  }
  std::jthread writes{[this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      reply(1'000'000, 1000);
      h.to_reader.signal();
    }
  }};
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(one_look_takes_a_few_of_them, fixture) {
  BOOST_REQUIRE(reply(1'000'000, many) == many);
  say_something();
  BOOST_TEST(!h.a.receiver().try_peek(ec));
  BOOST_TEST(!ec);
  BOOST_TEST(h.a.stats().received.messages != 0u);
  BOOST_TEST(h.a.stats().received.messages < many);
}

BOOST_FIXTURE_TEST_CASE(a_large_one_that_is_nowhere_is_dropped_too_and_counts_for_nothing, fixture) {
  constexpr std::uint64_t words[] = {1'000'000, 1, ~std::uint64_t{0}};  // the request, the region, the size
  namespace header = belfry::detail::message_header;
  std::memcpy(writer.try_reserve(sizeof words, ec).data(), words, sizeof words);
  writer.commit(sizeof words, 0, header::reply | header::large);
  say_something();
  BOOST_TEST(h.a.receiver().try_peek(ec).text() == "text");
  h.a.receiver().release();
  BOOST_TEST(h.a.stats().received.bytes == 4u);
}

BOOST_FIXTURE_TEST_CASE(a_wait_finds_the_message_behind_them, fixture) {
  BOOST_REQUIRE(reply(1'000'000, many) == many);
  say_something();
  BOOST_TEST(h.a.receiver().peek().text() == "text");
  h.a.receiver().release();
  BOOST_REQUIRE(reply(1'000'000, many) == many);
  say_something();
  std::string text;
  h.a.receiver().async_peek([&](error_code, belfry::message_view m) { text = m.text(); });
  run();
  BOOST_TEST(text == "text");
}

BOOST_FIXTURE_TEST_CASE(a_request_finds_its_reply_behind_them, fixture) {
  std::string text;
  std::optional<error_code> ended;
  h.a.async_request(asio::buffer("?", 1), 0, asio::dynamic_buffer(text), test::into(ended));
  poll();
  BOOST_REQUIRE(reply(1'000'000, many) == many);
  reply(1);
  h.to_reader.signal();
  run();
  BOOST_REQUIRE(ended.has_value());
  BOOST_TEST(!*ended);
}

BOOST_FIXTURE_TEST_CASE(also_behind_those_of_a_peer_that_is_gone, fixture) {
  std::optional<error_code> ended;
  std::string text;
  h.a.async_request(asio::buffer("?", 1), 0, asio::dynamic_buffer(text), test::into(ended));
  poll();
  BOOST_REQUIRE(reply(1'000'000, many) == many);
  reply(1);
  h.line = {};
  run();
  BOOST_REQUIRE(ended.has_value());
  BOOST_TEST(!*ended);
}

BOOST_FIXTURE_TEST_CASE(a_blocking_request_too, fixture) {
  std::jthread peer([&] {
    test::until([&] { return h.a.stats().sent.messages != 0; });
    reply(1'000'000, many);
    reply(1);
    h.to_reader.signal();
  });
  std::string text;
  h.a.request(asio::buffer("?", 1), 0, asio::dynamic_buffer(text), ec);
  BOOST_TEST(!ec);
}

BOOST_FIXTURE_TEST_CASE(without_end_stretch_no_limit, flood) {
  h.a.receiver().try_peek(ec);
  BOOST_TEST(!ec);
  h.a.receiver().peek_for(10ms, ec);
  BOOST_TEST((ec == error::timed_out));
}

BOOST_FIXTURE_TEST_CASE(without_end_let_the_executors_other_work_run, flood) {
  std::string text;
  h.a.async_request(asio::buffer("?", 1), 0, asio::dynamic_buffer(text), test::into(ec));
  int others = 0;
  while (others != 1000) {
    asio::post(context, [&] { ++others; });
    context.run_one();
    context.restart();
  }
  h.a.cancel();
  context.run();
  BOOST_TEST((ec == test::aborted));
}
