// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <new>

#define BOOST_TEST_MODULE allocations_async
#include "support/channel_fixture.hpp"

#include <boost/test/unit_test.hpp>

// Nor does an asynchronous message cost an allocation: the memory of one operation serves the next.

using belfry::channel;
using belfry::error_code;
using belfry::wait_policy;
namespace asio = boost::asio;
namespace test = belfry::test;

namespace {
std::uint64_t allocations = 0;
}

// Not inlined, or the compiler, which knows what a new goes with, would wonder.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size != 0 ? size : 1)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

// Where Asio takes what it keeps for the next operation.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++allocations;
  void* p = nullptr;
  return ::posix_memalign(&p, alignment, size) == 0 ? p : nullptr;
}

namespace {

constexpr int warm_up = 100;
constexpr int laps = 1000;

struct fixture : test::channel_fixture {
  fixture() : channel_fixture({65536, 65536}) {}

  std::array<char, 64> there{};
  std::array<char, 64> back{};

  /// Counts laps from the end of the warm-up on. Returns whether there is to be another one.
  bool goes_on() {
    ++lap;
    if (lap == warm_up) before = allocations;
    if (lap == warm_up + laps) after = allocations;
    return lap != warm_up + laps;
  }
  std::uint64_t made() const {
    BOOST_TEST(lap == warm_up + laps);
    return after - before;
  }

  int lap = 0;
  std::uint64_t before = 0;
  std::uint64_t after = 0;
};

/// Calls back as long as it goes on.
struct chain : fixture {
  void send() {
    a.sender().async_send(asio::buffer(there), [this](error_code ec) {
      BOOST_TEST_REQUIRE(!ec);
      receive();
    });
  }
  void receive() {
    b.receiver().async_receive(asio::buffer(back), [this](error_code ec, std::size_t) {
      BOOST_TEST_REQUIRE(!ec);
      if (goes_on()) send();
    });
  }
  /// The receive comes first, so that it has to wait.
  void wait_and_send() {
    b.receiver().async_receive(asio::buffer(back), [this](error_code ec, std::size_t) {
      BOOST_TEST_REQUIRE(!ec);
      if (goes_on()) wait_and_send();
    });
    asio::post(context, [this] { a.sender().send(asio::buffer(there)); });
  }
  void serve() {
    b.receiver().async_peek([this](error_code ec, const belfry::message_view& message) {
      if (ec) return;
      const auto id = message.request();
      b.receiver().release();
      b.async_reply(id, asio::buffer(there), 0, [this](error_code failure) {
        BOOST_TEST_REQUIRE(!failure);
        serve();
      });
    });
  }
  void ask() {
    a.async_request(asio::buffer(there), 0, asio::buffer(back), [this](error_code ec, std::size_t) {
      BOOST_TEST_REQUIRE(!ec);
      if (goes_on()) ask();
      else a.close();
    });
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_counter_counts_what_asio_takes) {
  const auto before = allocations;
  asio::io_context context;
  asio::post(context, [many = std::array<char, 4000>()] { BOOST_TEST(many[0] == 0); });
  context.run();
  BOOST_TEST(allocations - before >= 2u);  // at least one for the context, and one for the handler
}

BOOST_FIXTURE_TEST_CASE(callbacks_that_send_and_receive_make_none, chain) {
  send();
  run();
  BOOST_TEST(made() == 0u);
}

BOOST_FIXTURE_TEST_CASE(nor_do_those_that_wait, chain) {
  b.set_wait_policy(wait_policy::block);
  wait_and_send();
  run();
  BOOST_TEST(made() == 0u);
  BOOST_TEST(b.stats().received.sleeps >= static_cast<std::uint64_t>(laps));
}

BOOST_FIXTURE_TEST_CASE(nor_do_coroutines, fixture) {
  asio::co_spawn(
      context,
      [this]() -> asio::awaitable<void> {
        do {
          co_await a.sender().async_send(asio::buffer(there), asio::use_awaitable);
          co_await b.receiver().async_receive(asio::buffer(back), asio::use_awaitable);
        } while (goes_on());
      },
      asio::detached);
  run();
  BOOST_TEST(made() == 0u);
}

BOOST_FIXTURE_TEST_CASE(nor_do_requests_and_replies, chain) {
  serve();
  ask();
  run();
  BOOST_TEST(made() == 0u);
}

BOOST_FIXTURE_TEST_CASE(nor_do_requests_of_coroutines, chain) {
  serve();
  asio::co_spawn(
      context,
      [this]() -> asio::awaitable<void> {
        do co_await a.async_request(asio::buffer(there), 0, asio::buffer(back), asio::use_awaitable);
        while (goes_on());
        a.close();
      },
      asio::detached);
  run();
  BOOST_TEST(made() == 0u);
}
