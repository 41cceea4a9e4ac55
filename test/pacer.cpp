// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/detail/pacer.hpp>

#include <algorithm>

#define BOOST_TEST_MODULE pacer
#include <boost/test/unit_test.hpp>

using belfry::detail::pacer;

namespace {

struct fixture {
  pacer paced;
  std::uint64_t messages = 0;

  /// A wait, before which so many messages have come since the last one.
  bool leaves_the_peer_alone(std::uint64_t come) { return paced.begin(messages += come, false) == pacer::pauses; }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(who_waits_for_an_answer_hardly_pauses, fixture) {
  for (int i = 0; i != 10; ++i) BOOST_TEST(paced.begin(++messages, true) == pacer::pauses_for_answer);
}

BOOST_FIXTURE_TEST_CASE(who_takes_a_stream_leaves_the_peer_alone, fixture) {
  for (int i = 0; i != 10; ++i) BOOST_TEST(leaves_the_peer_alone(10));
}

BOOST_FIXTURE_TEST_CASE(where_messages_come_one_by_one_it_is_tried_ever_more_seldom, fixture) {
  BOOST_TEST(leaves_the_peer_alone(1));
  unsigned rest = 1;
  for (int trial = 0; trial != 8; ++trial) {
    unsigned without = 0;
    while (!leaves_the_peer_alone(1)) ++without;
    BOOST_TEST(without == rest);
    rest = std::min(2 * rest + 1, pacer::most_doubt);
  }
}

BOOST_FIXTURE_TEST_CASE(a_trial_that_pays_makes_it_the_rule_again, fixture) {
  for (int i = 0; i != 1000; ++i) leaves_the_peer_alone(1);
  while (!leaves_the_peer_alone(1)) {
  }
  for (int i = 0; i != 10; ++i) BOOST_TEST(leaves_the_peer_alone(2));
}

BOOST_FIXTURE_TEST_CASE(who_does_not_leave_the_peer_alone_still_pauses_once, fixture) {
  BOOST_TEST(leaves_the_peer_alone(1));
  BOOST_TEST(paced.begin(++messages, false) == 1u);
}
