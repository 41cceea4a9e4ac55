// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE line limiter
#include "../../src/host/line_limiter.hpp"

#include <boost/test/unit_test.hpp>

using belfry::detail::line_limiter;
using namespace std::chrono_literals;

namespace {

int passed(line_limiter& limiter, int lines, line_limiter::time_point now) {
  int count = 0;
  for (int i = 0; i != lines; ++i) count += limiter.pass(now);
  return count;
}

const line_limiter::time_point start{};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_limiter)

BOOST_AUTO_TEST_CASE(lets_a_burst_pass_and_counts_the_rest) {
  line_limiter limiter(10, 5, start);
  BOOST_TEST(passed(limiter, 8, start) == 5);
  BOOST_TEST(limiter.take_dropped() == 3U);
  BOOST_TEST(limiter.take_dropped() == 0U);
}

BOOST_AUTO_TEST_CASE(then_lets_so_many_a_second_pass) {
  line_limiter limiter(10, 5, start);
  passed(limiter, 5, start);
  BOOST_TEST(passed(limiter, 9, start + 300ms) == 3);
  BOOST_TEST(passed(limiter, 9, start + 500ms) == 2);
}

BOOST_AUTO_TEST_CASE(saves_no_more_than_a_burst) {
  line_limiter limiter(10, 5, start);
  BOOST_TEST(passed(limiter, 100, start + 1h) == 5);
}

BOOST_AUTO_TEST_CASE(of_nothing_lets_nothing_pass) {
  line_limiter limiter(0, 0, start);
  BOOST_TEST(passed(limiter, 3, start + 1h) == 0);
  BOOST_TEST(limiter.take_dropped() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
