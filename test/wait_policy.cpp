// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/detail/processors.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>

#include <sched.h>

#define BOOST_TEST_MODULE wait_policy
#include "support/channel_fixture.hpp"
#include "support/child.hpp"
#include "support/forked_peer.hpp"

#include <boost/test/unit_test.hpp>

using belfry::channel;
using belfry::error_code;
using belfry::wait_policy;
namespace asio = boost::asio;
namespace test = belfry::test;
using namespace std::chrono_literals;

namespace {

struct fixture : test::channel_fixture {
  fixture() : channel_fixture({4096, 4096}) {}

  /// b waits for a message that does not come.
  void wait_in_vain() {
    error_code ec;
    b.receiver().peek_for(1ns, ec);
    BOOST_TEST((ec == belfry::error::timed_out));
  }
  std::uint64_t spins() const {
    const auto s = b.stats().received;
    return s.spins_won + s.spins_lost;
  }
};

/// From here on this process may use only one of its processors.
void stay_on_one_processor() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(::sched_getcpu()), &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

bool one_processor() { return !belfry::detail::several_processors() || belfry::detail::only_processor() != 0; }

}  // namespace

BOOST_AUTO_TEST_CASE(each_policy_tells_for_how_long_it_looks) {
  static_assert(wait_policy::block.limit() == 0ns);
  static_assert(wait_policy::adaptive.limit() == 50us);
  static_assert(wait_policy::spin.limit() == std::chrono::nanoseconds::max());
  static_assert(wait_policy::spin_for(7us).limit() == 7us);
  static_assert(wait_policy::spin_for(7us) != wait_policy::spin_for(8us));
  static_assert(wait_policy::spin_for(0s) == wait_policy::block);
  static_assert(wait_policy::spin_for(-1s) == wait_policy::block);
  static_assert(wait_policy::spin_for(50us) != wait_policy::adaptive);
  BOOST_TEST((wait_policy::spin_for(std::chrono::nanoseconds::max()) != wait_policy::spin));
}

BOOST_FIXTURE_TEST_CASE(each_end_has_its_own_and_a_change_counts_from_the_next_wait_on, fixture) {
  if (one_processor()) return;
  wait_in_vain();
  BOOST_TEST(spins() == 1u);
  b.sender().set_wait_policy(wait_policy::block);
  wait_in_vain();
  BOOST_TEST(spins() == 2u);
  b.receiver().set_wait_policy(wait_policy::block);
  wait_in_vain();
  BOOST_TEST(spins() == 2u);
  b.receiver().set_wait_policy(wait_policy::spin_for(1us));
  wait_in_vain();
  BOOST_TEST(spins() == 3u);
}

BOOST_FIXTURE_TEST_CASE(an_asynchronous_wait_spins_before_it_arms_the_bell, fixture) {
  if (one_processor()) return;
  b.receiver().async_peek([](error_code, belfry::message_view) {});
  BOOST_TEST(spins() == 1u);
  b.receiver().cancel();
  run();
  b.set_wait_policy(wait_policy::block);
  b.receiver().async_peek([](error_code, belfry::message_view) {});
  BOOST_TEST(spins() == 1u);
  b.receiver().cancel();
  run();
}

BOOST_AUTO_TEST_CASE(nobody_spins_where_both_sides_have_one_and_the_same_processor) {
  // In a child, since the rest of this program goes on with all processors.
  test::child process([] {
    stay_on_one_processor();
    asio::io_context context;
    auto [mine, peer] = test::fork_peer(context.get_executor(), {4096, 4096}, [](channel& c) {
      c.set_wait_policy(wait_policy::spin);
      c.sender().send(asio::buffer("x", 1));
      for (int i = 0; i != 100; ++i) {
        c.receiver().peek();
        c.receiver().release();
        c.sender().send(asio::buffer("x", 1));
      }
      const auto s = c.stats();
      return s.received.spins_won + s.received.spins_lost == 0 && s.received.sleeps != 0 ? 0 : 1;
    });
    // What processors the other side has is known once it is there.
    mine.set_wait_policy(wait_policy::block);
    mine.receiver().peek();
    mine.receiver().release();
    mine.set_wait_policy(wait_policy::adaptive);
    for (int i = 0; i != 100; ++i) {
      mine.sender().send(asio::buffer("x", 1));
      mine.receiver().peek();
      mine.receiver().release();
    }
    const auto s = mine.stats();
    const bool spun = s.received.spins_won + s.received.spins_lost != 0;
    return peer.wait() == 0 && !spun ? 0 : 1;
  });
  BOOST_TEST(process.wait() == 0);
}
