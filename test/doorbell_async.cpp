// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/doorbell.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#define BOOST_TEST_MODULE doorbell_async
#include "support/completion.hpp"
#include "support/doorbell_fixture.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

// Waits for the bell with a completion handler.

using belfry::doorbell;
using belfry::error_code;
using belfry::signal_result;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace test = belfry::test;
using test::aborted;
using fixture = test::doorbell_fixture;

BOOST_AUTO_TEST_SUITE(asynchronous)

BOOST_FIXTURE_TEST_CASE(a_pending_wait_completes_with_the_ring_and_never_inside_the_call, fixture) {
  theirs.signal();
  mine.async_wait(handler());
  BOOST_TEST(times == 0);
  run();
  BOOST_TEST(times == 1);
  mine.async_wait(handler());
  poll();
  BOOST_TEST(times == 1);
  theirs.signal();
  run();
  BOOST_TEST((times == 2 && !ec));
}

BOOST_FIXTURE_TEST_CASE(any_completion_token_will_do, fixture) {
  theirs.signal();
  auto future = mine.async_wait(asio::use_future);
  run();
  future.get();

  auto later = mine.async_wait(asio::deferred);
  theirs.signal();
  std::move(later)(handler());
  run();
  BOOST_TEST((times == 1 && !ec));

  std::optional<signal_result> result;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        co_await mine.async_accept(asio::use_awaitable);
        result = co_await theirs.async_signal(asio::use_awaitable);
        co_await mine.async_wait(asio::use_awaitable);
      },
      [](std::exception_ptr e) { BOOST_TEST(!e); });
  run();
  BOOST_TEST((result == signal_result::sent));
}

BOOST_FIXTURE_TEST_CASE(a_wait_beside_a_timer_ends_with_whichever_comes_first, fixture) {
  using namespace asio::experimental::awaitable_operators;
  const auto winner = [&](std::chrono::nanoseconds limit) -> asio::awaitable<std::size_t> {
    asio::steady_timer timer(context, limit);
    const auto first = co_await (mine.async_wait(asio::use_awaitable) || timer.async_wait(asio::use_awaitable));
    co_return first.index();
  };
  auto too_late = asio::co_spawn(context, winner(1ms), asio::use_future);
  run();
  BOOST_TEST(too_late.get() == 1u);
  theirs.signal();
  auto in_time = asio::co_spawn(context, winner(1h), asio::use_future);
  run();
  BOOST_TEST(in_time.get() == 0u);
  BOOST_TEST(!mine.try_wait());
}

BOOST_FIXTURE_TEST_CASE(the_handlers_executor_is_where_it_completes, fixture) {
  asio::io_context elsewhere;
  mine.async_wait(asio::bind_executor(elsewhere.get_executor(), handler()));
  theirs.signal();
  while (context.poll() == 0) {
  }
  BOOST_TEST(times == 0);
  while (times == 0) {
    elsewhere.poll();
    poll();
  }
  BOOST_TEST(!ec);
}

BOOST_FIXTURE_TEST_CASE(each_kind_of_cancellation_ends_the_wait_which_has_taken_no_signal, fixture) {
  for (const auto type :
       {asio::cancellation_type::terminal, asio::cancellation_type::partial, asio::cancellation_type::total}) {
    asio::cancellation_signal signal;
    mine.async_wait(asio::bind_cancellation_slot(signal.slot(), handler()));
    poll();
    BOOST_TEST(times == 0);
    signal.emit(type);
    theirs.signal();
    run();
    BOOST_TEST((ec == aborted));
    BOOST_TEST(mine.try_wait());
    times = 0;
  }
}

BOOST_FIXTURE_TEST_CASE(cancel_ends_a_pending_wait_and_the_doorbell_goes_on, fixture) {
  mine.async_wait(handler());
  poll();
  BOOST_TEST(times == 0);
  mine.cancel();
  run();
  BOOST_TEST((ec == aborted));
  theirs.signal();
  mine.async_wait(handler());
  run();
  BOOST_TEST((times == 2 && !ec));
}

BOOST_FIXTURE_TEST_CASE(close_and_destruction_end_a_pending_wait, fixture) {
  mine.async_wait(handler());
  poll();
  BOOST_TEST(times == 0);
  mine.close();
  run();
  BOOST_TEST((ec == aborted));
  BOOST_TEST(theirs.signal() == signal_result::peer_dead);

  ec.clear();
  {
    auto [bell, handle] = doorbell::create_pair(context.get_executor());
    bell.async_wait(handler());
    poll();
    BOOST_TEST(times == 1);
  }
  run();
  BOOST_TEST((ec == aborted));
}

BOOST_FIXTURE_TEST_CASE(a_doorbell_that_moves_does_not_disturb_its_pending_wait, fixture) {
  mine.async_wait(handler());
  poll();
  BOOST_TEST(times == 0);
  doorbell moved = std::move(mine);
  theirs.signal();
  run();
  BOOST_TEST((times == 1 && !ec));
  BOOST_TEST(moved.is_open());
}

BOOST_AUTO_TEST_CASE(an_io_context_can_be_destroyed_with_a_wait_pending) {
  std::optional<asio::io_context> context(std::in_place);
  auto [bell, handle] = doorbell::create_pair(context->get_executor());
  bell.async_wait([](error_code) { BOOST_TEST(false); });
  context->poll();
  bell = doorbell();
  context.reset();
  BOOST_TEST(!bell.is_open());
}

BOOST_FIXTURE_TEST_CASE(a_handler_that_goes_with_its_executor_leaves_the_bell_to_others, fixture) {
  auto other = std::make_unique<asio::io_context>();
  mine.async_wait(asio::bind_executor(other->get_executor(), [](error_code) {}));
  poll();
  theirs.signal();
  poll();
  other.reset();
  theirs.signal();
  BOOST_TEST(mine.wait_for(10s, ec));
  BOOST_TEST(!ec);
}

BOOST_FIXTURE_TEST_CASE(a_doorbell_leaves_no_descriptor_behind, test::context_fixture) {
  std::ptrdiff_t before = 0;
  for (int i = 0; i != 20; ++i) {
    {
      auto [bell, handle] = doorbell::create_pair(context.get_executor());
      std::optional<error_code> ended;
      bell.async_wait(test::into(ended));
      poll();
      BOOST_TEST(!ended.has_value());
      bell.cancel();
      run();
      BOOST_TEST((ended == aborted));
      bell.wait_for(0ns);
    }
    if (i == 0) before = test::open_descriptors();
  }
  BOOST_TEST(test::open_descriptors() == before);
}

BOOST_AUTO_TEST_SUITE_END()
