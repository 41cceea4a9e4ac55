// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/doorbell.hpp>

#include <atomic>
#include <chrono>
#include <thread>

#define BOOST_TEST_MODULE doorbell_blocking
#include "support/completion.hpp"
#include "support/doorbell_fixture.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

// Waits of a thread for the bell.

using belfry::error_code;
using belfry::signal_result;
using namespace std::chrono_literals;
namespace test = belfry::test;
using test::aborted;
using test::into;
using test::not_open;
using test::started;
using fixture = test::doorbell_fixture;

BOOST_AUTO_TEST_SUITE(blocking)

BOOST_FIXTURE_TEST_CASE(a_ring_wakes_a_thread_that_waits, fixture) {
  for (int i = 0; i != 200; ++i) {
    std::jthread waiting([this] { mine.wait(); });
    theirs.signal();
  }
  BOOST_TEST(!mine.try_wait());
}

BOOST_FIXTURE_TEST_CASE(a_wait_without_a_ring_ends_with_its_time_and_no_error, fixture) {
  for (const auto limit : {-1ns, 0ns, 1ns, std::chrono::nanoseconds(2ms)}) {
    const auto begin = std::chrono::steady_clock::now();
    ec = started;
    BOOST_TEST(!mine.wait_for(limit, ec));
    BOOST_TEST(!ec);
    BOOST_TEST((std::chrono::steady_clock::now() - begin >= limit));
  }
}

BOOST_FIXTURE_TEST_CASE(cancel_from_another_thread_ends_a_blocked_wait, fixture) {
  for (int i = 0; i != 50; ++i) {
    std::atomic<bool> done = false;
    error_code e;
    std::jthread waiting([&] {
      mine.wait(e);
      done = true;
    });
    test::until([&] {
      mine.cancel();
      return done.load();
    });
    waiting.join();
    BOOST_TEST((e == aborted));
    BOOST_TEST(!mine.try_wait());
  }
}

BOOST_AUTO_TEST_CASE(close_from_another_thread_ends_a_blocked_wait_and_is_never_taken_for_a_ring) {
  for (int i = 0; i != 100; ++i) {
    fixture f;
    std::atomic<bool> about_to_wait = false;
    error_code e;
    std::jthread waiting([&] {
      about_to_wait = true;
      f.mine.wait(e);
    });
    test::until([&] { return about_to_wait.load(); });
    for (int j = 0; j != i % 20; ++j) std::this_thread::yield();
    f.mine.close();
    waiting.join();
    BOOST_REQUIRE((e == aborted || e == not_open));
    BOOST_REQUIRE(f.theirs.signal() == signal_result::peer_dead);
  }
}

BOOST_FIXTURE_TEST_CASE(the_peers_death_ends_no_wait, fixture) {
  for (const bool limited : {false, true}) {
    fixture f;
    auto waiting = test::asleep_in([&] {
      if (limited) f.mine.wait_for(1h, f.ec);
      else f.mine.wait(f.ec);
    });
    f.theirs.close();
    f.mine.cancel();
    waiting.join();
    BOOST_TEST((f.ec == aborted));
  }
  mine.async_wait(handler());
  poll();
  BOOST_TEST(times == 0);
  theirs.close();
  poll();
  BOOST_TEST(times == 0);
  BOOST_TEST(!mine.is_peer_dead());
  mine.cancel();
  run();
  BOOST_TEST((ec == aborted));
  BOOST_TEST(!mine.try_wait());
}

BOOST_FIXTURE_TEST_CASE(a_second_wait_is_already_started, fixture) {
  mine.async_wait(handler());
  error_code e;
  mine.wait(e);
  BOOST_TEST((e == started));
  mine.async_wait(into(e));
  e.clear();
  poll();
  BOOST_TEST((e == started));
  BOOST_TEST(times == 0);
  theirs.signal();
  run();
  BOOST_TEST((times == 1 && !ec));
}

BOOST_FIXTURE_TEST_CASE(a_cancel_without_a_wait_is_not_remembered, fixture) {
  mine.cancel();
  BOOST_TEST(!mine.wait_for(0ns));
  mine.cancel();
  theirs.signal();
  mine.wait();
}

BOOST_AUTO_TEST_SUITE_END()
