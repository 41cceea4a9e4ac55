// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/message_info.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/use_future.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#define BOOST_TEST_MODULE message_info
#include "support/completion.hpp"
#include "support/request_fixture.hpp"

#include <boost/test/unit_test.hpp>

// What is told of a message besides its bytes, where these are copied.

using belfry::channel;
using belfry::error;
using belfry::error_code;
using belfry::message_info;
using belfry::request_id;
using belfry::with_info;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace test = belfry::test;
using test::into;

namespace {

constexpr request_id some_request{12345};
constexpr std::uint16_t some_kind = 999;

struct fixture : test::request_fixture {
  using request_fixture::request_fixture;

  template <class T>
  T await(std::future<T> result) {
    while (result.wait_for(0s) != std::future_status::ready) {
      context.restart();
      context.run_one();
    }
    return result.get();
  }

  message_info info{some_kind, some_request};
  std::string text;
  std::array<char, 64> room{};
  error_code ec;
};

struct large_fixture : fixture {
  large_fixture() : fixture(test::large_messages(1 << 20)) {}
};

/// Each way to receive into a target; returns the size.
using way = std::function<std::size_t(fixture&, message_info&)>;
const std::vector<way> ways = {
    [](fixture& f, message_info& i) { return f.b.receiver().receive(with_info(asio::buffer(f.room), i)); },
    [](fixture& f, message_info& i) { return f.b.receiver().receive(with_info(asio::buffer(f.room), i), f.ec); },
    [](fixture& f, message_info& i) { return f.b.receiver().receive_for(1h, with_info(asio::buffer(f.room), i)); },
    [](fixture& f, message_info& i) {
      return f.b.receiver().receive_for(1h, with_info(asio::dynamic_buffer(f.text), i), f.ec);
    },
    [](fixture& f, message_info& i) {
      return f.b.receiver().try_receive(with_info(asio::dynamic_buffer(f.text), i)).value();
    },
    [](fixture& f, message_info& i) {
      return f.b.receiver().try_receive(with_info(asio::buffer(f.room), i), f.ec).value();
    },
    [](fixture& f, message_info& i) {
      return f.await(f.b.receiver().async_receive(with_info(asio::buffer(f.room), i), asio::use_future));
    },
    [](fixture& f, message_info& i) {
      return f.await(f.b.receiver().async_receive(with_info(asio::dynamic_buffer(f.text), i), asio::use_future));
    },
};

/// Each way to ask for a reply that goes into a target.
const std::vector<way> ways_to_ask = {
    [](fixture& f, message_info& i) {
      return f.a.request(asio::buffer("?", 1), 0, with_info(asio::buffer(f.room), i));
    },
    [](fixture& f, message_info& i) {
      return f.a.request(asio::buffer("?", 1), 0, with_info(asio::dynamic_buffer(f.text), i), f.ec);
    },
    [](fixture& f, message_info& i) {
      return f.a.request_for(1h, asio::buffer("?", 1), 0, with_info(asio::dynamic_buffer(f.text), i));
    },
    [](fixture& f, message_info& i) {
      return f.a.request_for(1h, asio::buffer("?", 1), 0, with_info(asio::buffer(f.room), i), f.ec);
    },
    [](fixture& f, message_info& i) {
      return f.await(f.a.async_request(asio::buffer("?", 1), 0, with_info(asio::buffer(f.room), i), asio::use_future));
    },
    [](fixture& f, message_info& i) {
      return f.await(
          f.a.async_request(asio::buffer("?", 1), 0, with_info(asio::dynamic_buffer(f.text), i), asio::use_future));
    },
};

}  // namespace

BOOST_AUTO_TEST_CASE(every_receive_tells_the_kind_and_that_it_is_no_request) {
  for (const auto& receive : ways) {
    fixture f;
    f.a.sender().send(asio::buffer("hello", 5), 7);
    BOOST_TEST(receive(f, f.info) == 5u);
    BOOST_TEST((f.text == "hello" || std::string(f.room.data(), 5) == "hello"));
    BOOST_TEST(f.info.kind == 7);
    BOOST_TEST((f.info.request == request_id::none));
  }
}

BOOST_AUTO_TEST_CASE(every_receive_of_a_request_tells_by_what_to_reply) {
  for (const auto& receive : ways) {
    fixture f;
    test::answer answer;
    f.ask("why?", answer);
    f.poll();
    BOOST_TEST(!answer.ec.has_value());
    BOOST_TEST(receive(f, f.info) == 4u);
    BOOST_TEST(f.info.kind == 0);
    f.b.reply(f.info.request, asio::buffer("because", 7));
    f.run();
    BOOST_TEST((answer.ec == error_code()));
    BOOST_TEST(answer.text == "because");
  }
}

BOOST_AUTO_TEST_CASE(every_request_tells_the_kind_of_its_reply) {
  for (const auto& ask : ways_to_ask) {
    fixture f;
    std::jthread peer([&] { f.b.reply(f.question().second, asio::buffer("!", 1), 8); });
    BOOST_TEST(ask(f, f.info) == 1u);
    BOOST_TEST((f.text == "!" || f.room[0] == '!'));
    BOOST_TEST(f.info.kind == 8);
    BOOST_TEST((f.info.request == request_id::none));
  }
}

BOOST_FIXTURE_TEST_CASE(of_large_messages_too, large_fixture) {
  const std::string much(100'000, 'm');
  a.sender().send(asio::buffer(much), 7);
  BOOST_TEST(b.receiver().receive(with_info(asio::dynamic_buffer(text), info)) == much.size());
  BOOST_TEST((text == much));
  BOOST_TEST(info.kind == 7);
  BOOST_TEST((info.request == request_id::none));

  std::jthread peer([&] { b.reply(question().second, asio::buffer(much), 8); });
  text.clear();
  a.request(asio::buffer(much), 0, with_info(asio::dynamic_buffer(text), info));
  BOOST_TEST((text == much));
  BOOST_TEST(info.kind == 8);
}

BOOST_FIXTURE_TEST_CASE(what_copied_nothing_tells_nothing, fixture) {
  const auto untouched = [&] { return info.kind == some_kind && info.request == some_request; };
  std::array<char, 2> little;

  BOOST_TEST(!b.receiver().try_receive(with_info(asio::buffer(room), info)).has_value());
  BOOST_TEST(untouched());
  b.receiver().receive_for(1ms, with_info(asio::buffer(room), info), ec);
  BOOST_TEST((ec == error::timed_out));
  BOOST_TEST(untouched());

  a.sender().send(asio::buffer("hello", 5), 7);
  b.receiver().receive(with_info(asio::buffer(little), info), ec);
  BOOST_TEST((ec == error::buffer_too_small));
  BOOST_TEST(untouched());
  BOOST_TEST(b.receiver().receive(with_info(asio::buffer(room), info)) == 5u);
  BOOST_TEST(info.kind == 7);

  info = {some_kind, some_request};
  std::optional<error_code> result;
  a.async_request(asio::buffer("?", 1), 0, with_info(asio::buffer(little), info), into(result));
  poll();
  BOOST_TEST(!result.has_value());
  b.reply(question().second, asio::buffer("too much", 8), 8);
  run();
  BOOST_TEST((result == error::buffer_too_small));
  BOOST_TEST(untouched());
}

BOOST_FIXTURE_TEST_CASE(a_target_that_is_a_variable_is_copied_and_may_be_used_again, fixture) {
  auto target = asio::dynamic_buffer(text);
  a.sender().send(asio::buffer("one ", 4), 1);
  a.sender().send(asio::buffer("two", 3), 2);
  b.receiver().receive(with_info(target, info));
  BOOST_TEST(info.kind == 1);
  b.receiver().receive(with_info(target, info));
  BOOST_TEST(info.kind == 2);
  BOOST_TEST(text == "one two");
}
