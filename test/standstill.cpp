// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/buffer.hpp>

#include <optional>
#include <string>
#include <thread>

#define BOOST_TEST_MODULE standstill
#include "support/completion.hpp"
#include "support/request_fixture.hpp"

#include <boost/test/unit_test.hpp>

// A writer that waits is rung when half the ring is free. If the reader waits for the writer by then, it is rung for less.

using belfry::error_code;
namespace asio = boost::asio;
namespace test = belfry::test;

namespace {

/// `b` sends more than the ring holds before it answers what `a` asks.
struct fixture : test::request_fixture {
  fixture() {
    while (b.stats().sent.sleeps == 0) std::this_thread::yield();
    receive();  // room for one more, which is less than half the ring
  }
  ~fixture() { a.close(); }

  void receive() {
    a.receiver().peek();
    a.receiver().release();
  }
  void send_and_answer() {
    error_code end;
    while (!end && b.stats().sent.messages != fitting + 1) b.sender().send(asio::buffer(text), end);
    const auto message = b.receiver().peek(end);
    if (!end) b.reply(message.request(), asio::buffer("!", 1), end);
    b.receiver().release();
  }

  static constexpr std::uint64_t fitting = 7;  // in a ring of 4096 bytes
  const std::string text = std::string(500, 'x');
  std::string reply;
  error_code ec;
  std::jthread other{[this] { send_and_answer(); }};
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_request_that_blocks_lets_the_writer_go_on, fixture) {
  a.request(asio::buffer("?", 1), 0, asio::dynamic_buffer(reply), ec);
  BOOST_TEST(!ec);
  BOOST_TEST(reply == "!");
}

BOOST_FIXTURE_TEST_CASE(a_request_lets_the_writer_go_on, fixture) {
  std::optional<error_code> result;
  a.async_request(asio::buffer("?", 1), 0, asio::dynamic_buffer(reply), test::into(result));
  run();
  BOOST_TEST((result == error_code()));
  BOOST_TEST(reply == "!");
}

BOOST_AUTO_TEST_CASE(what_is_released_while_a_request_waits_lets_the_writer_go_on) {
  test::request_fixture f;
  const std::string text(1000, 'x');
  for (int i = 0; i != 4; ++i) f.b.sender().send(asio::buffer(text));
  test::answer asked;
  f.ask("?", asked);
  f.poll();
  std::optional<error_code> sent;
  f.b.sender().async_send(asio::buffer(text), test::into(sent));
  f.poll();
  BOOST_TEST(!sent);
  f.a.receiver().peek();
  f.a.receiver().release();
  while (!sent) f.poll();
  BOOST_TEST((sent == error_code()));
  f.b.reply(f.question().second, asio::buffer("!", 1));
  f.run();
  BOOST_TEST(asked.text == "!");
}
