// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/buffer.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <thread>

#define BOOST_TEST_MODULE goodbye
#include "support/large_fixture.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

// A peer that said goodbye did not die, whoever notices first that it is gone, and by what.

using belfry::channel;
using belfry::error;
using belfry::error_code;
namespace asio = boost::asio;
namespace test = belfry::test;

namespace {

struct fixture : test::large_fixture {
  fixture() : large_fixture(test::mega, 64) {}

  void send_large(channel& c, std::size_t size = 5000) { c.sender().send(asio::buffer(std::string(size, 'x'))); }
  error_code receive() {
    error_code result;
    std::string text;
    a.receiver().receive(asio::dynamic_buffer(text), result);
    return result;
  }
};

/// It has told of so many regions that nobody hears of its goodbye at the first look.
struct after_many_words : fixture {
  after_many_words() {
    for (int i = 0; i != words; ++i) send_large(b);
  }

  static constexpr int words = 40;
};

}  // namespace

BOOST_AUTO_TEST_CASE(is_heard_by_two_threads_at_once) {
  for (int i = 0; i != 300; ++i) {
    fixture f;
    f.a.sender().send(asio::buffer(std::string(f.a.sender().capacity() - 100, 'x')));
    error_code of_send;
    error_code of_receive;
    std::jthread sends([&] { f.a.sender().send(asio::buffer(std::string(1000, 'x')), of_send); });
    std::jthread receives([&] { of_receive = f.receive(); });
    test::until([&] { return f.a.stats().sent.sleeps != 0 && f.a.stats().received.sleeps != 0; });
    f.b = channel();
    sends.join();
    receives.join();
    BOOST_TEST_REQUIRE((of_send == error::closed));
    BOOST_TEST_REQUIRE((of_receive == error::closed));
  }
}

BOOST_FIXTURE_TEST_CASE(is_heard_behind_much_else_by_a_send_that_finds_nobody, after_many_words) {
  // So that the next message rings.
  error_code timed_out;
  b.receiver().peek_for(std::chrono::nanoseconds(1), timed_out);
  b = channel();
  a.sender().send(asio::buffer("x", 1), ec);
  BOOST_TEST((ec == error::closed));
  for (int i = 0; i != words; ++i) BOOST_TEST(!receive());
  BOOST_TEST((receive() == error::closed));
}

BOOST_FIXTURE_TEST_CASE(is_heard_behind_much_else_by_a_receiver, after_many_words) {
  b = channel();
  for (int i = 0; i != words; ++i) BOOST_TEST(!receive());
  BOOST_TEST((receive() == error::closed));
}

BOOST_FIXTURE_TEST_CASE(is_heard_by_a_large_message_that_finds_nobody, fixture) {
  b = channel();
  a.sender().send(asio::buffer(std::string(5000, 'x')), ec);
  BOOST_TEST((ec == error::closed));
  BOOST_TEST(!a.is_open());
  BOOST_TEST(a.stats().regions == 0u);
}

BOOST_FIXTURE_TEST_CASE(is_heard_by_a_region_that_is_given_up, fixture) {
  auto few = test::make_channels(context.get_executor(), test::large_messages(1 << 16, 1));
  send_large(few.a);
  few.b.receiver().peek();
  few.b.receiver().release();
  few.b = channel();
  few.a.sender().send(asio::buffer(std::string(50'000, 'x')), ec);
  BOOST_TEST((ec == error::closed));
  BOOST_TEST(!few.a.is_open());
}

BOOST_FIXTURE_TEST_CASE(is_heard_behind_as_many_words_as_the_line_holds, test::context_fixture) {
  constexpr std::size_t ring = 1 << 16;
  const belfry::large_message_limits large{std::size_t{1} << 30, 1000};
  auto many = test::make_channels(context.get_executor(), {ring, ring, large, large});
  const std::string text(ring, 'x');
  error_code ec;
  std::size_t sent = 0;
  while (many.a.sender().try_send(asio::buffer(text), ec)) ++sent;
  BOOST_TEST((ec == boost::system::errc::no_buffer_space));
  many.a.close();
  std::string received;
  for (; sent != 0; --sent, received.clear()) many.b.receiver().receive(asio::dynamic_buffer(received));
  many.b.receiver().receive(asio::dynamic_buffer(received), ec);
  BOOST_TEST((ec == error::closed));
}

BOOST_FIXTURE_TEST_CASE(is_heard_by_a_shutdown_that_finds_nobody, fixture) {
  b = channel();
  a.sender().shutdown(ec);
  BOOST_TEST((ec == error::closed));
  BOOST_TEST(!a.is_open());
}
