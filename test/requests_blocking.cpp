// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/buffer.hpp>

#include <chrono>
#include <string>
#include <thread>

#define BOOST_TEST_MODULE requests_blocking
#include "support/completion.hpp"
#include "support/process.hpp"
#include "support/request_fixture.hpp"

#include <boost/test/unit_test.hpp>

// Requests for whose reply a thread waits.

using belfry::error;
using belfry::error_code;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace test = belfry::test;
using test::aborted;
using fixture = test::request_fixture;

BOOST_AUTO_TEST_SUITE(blocking)

BOOST_FIXTURE_TEST_CASE(a_request_waits_for_its_reply_also_behind_messages, fixture) {
  std::jthread peer([&] {
    const auto id = question().second;
    b.sender().send(asio::buffer("in front", 8));
    b.reply(id, asio::buffer("!", 1));
  });
  std::string text;
  BOOST_TEST(a.request(asio::buffer("?", 1), 0, asio::dynamic_buffer(text)) == 1u);
  BOOST_TEST(text == "!");
  BOOST_TEST(a.receiver().peek().text() == "in front");
}

BOOST_FIXTURE_TEST_CASE(what_was_received_is_counted_once, fixture) {
  std::jthread peer([&] {
    for (int i = 0; i != 10; ++i) {
      b.reply(question().second, asio::buffer("four", 4));
    }
    b.sender().send(asio::buffer("sixsix", 6));
  });
  for (int i = 0; i != 10; ++i) {
    std::string text;
    a.request(asio::buffer("?", 1), 0, asio::dynamic_buffer(text));
  }
  a.receiver().peek();
  a.receiver().release();
  BOOST_TEST(a.stats().received.messages == 11u);
  BOOST_TEST(a.stats().received.bytes == 46u);
  BOOST_TEST(a.stats().sent.bytes == 10u);
}

BOOST_FIXTURE_TEST_CASE(its_limit_may_pass_and_its_late_reply_is_dropped, fixture) {
  std::string text;
  error_code ec;
  a.request_for(1ms, asio::buffer("?", 1), 0, asio::dynamic_buffer(text), ec);
  BOOST_TEST((ec == error::timed_out));
  BOOST_CHECK_THROW(a.request_for(1ms, asio::buffer("?", 1), 0, asio::dynamic_buffer(text)), belfry::system_error);
  b.reply(question().second, asio::buffer("late", 4));
  b.sender().send(asio::buffer("message", 7));
  BOOST_TEST(a.receiver().peek().text() == "message");
  BOOST_TEST(text.empty());
}

BOOST_FIXTURE_TEST_CASE(it_ends_with_the_channel, fixture) {
  std::string text;
  error_code ec;
  std::jthread peer([&] {
    question();
    b.close();
  });
  a.request(asio::buffer("?", 1), 0, asio::dynamic_buffer(text), ec);
  BOOST_TEST((ec == error::closed));
}

BOOST_FIXTURE_TEST_CASE(another_thread_may_cancel_it, fixture) {
  std::string text;
  error_code ec;
  std::jthread other([&] {
    test::until([&] { return a.stats().received.sleeps != 0; });
    a.cancel();
  });
  a.request(asio::buffer("?", 1), 0, asio::dynamic_buffer(text), ec);
  BOOST_TEST((ec == aborted));
}

BOOST_AUTO_TEST_SUITE_END()
