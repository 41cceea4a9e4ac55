// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE pool scheduler
#include "../src/host/pool_scheduler.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace belfry;
using namespace std::chrono_literals;
using detail::pool_scheduler;
using step = pool_scheduler::step;

namespace {

struct scheduling {
  pool_options options;
  pool_scheduler::clock::time_point now{};
  std::optional<pool_scheduler> pool;

  scheduling() {
    options.minimum = 1;
    options.maximum = 3;
    options.requests_at_once = 2;
    options.idle_after = 10s;
  }
  pool_scheduler& p() {
    if (!pool) pool.emplace(options);
    return *pool;
  }
  /// What is to be done, as "+1 -2".
  std::string next(std::size_t waiting = 0) {
    std::string text;
    for (;;) {
      const auto change = p().next(waiting, now);
      if (change.what == step::nothing) return text;
      if (!text.empty()) text += ' ';
      text += (change.what == step::add ? '+' : '-') + std::to_string(change.which);
    }
  }
  /// So many that are ready.
  void have(unsigned count) {
    options.minimum = count;
    options.maximum = std::max<std::size_t>(options.maximum, count);
    next();
    for (unsigned n = 1; n <= count; ++n) p().ready(n, now);
  }
  unsigned place(bool alone = false) { return p().place(alone).value_or(0); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_pool, scheduling)

BOOST_AUTO_TEST_CASE(begins_with_the_minimum) {
  options.minimum = 2;
  BOOST_TEST(next() == "+1 +2");
  BOOST_TEST(next() == "");
}

BOOST_AUTO_TEST_CASE(may_have_no_plugin_until_there_is_something_to_do) {
  options.minimum = 0;
  BOOST_TEST(next() == "");
  BOOST_TEST(next(1) == "+1");
}

BOOST_AUTO_TEST_CASE(starts_as_many_as_what_waits_can_use_up_to_the_maximum) {
  options.minimum = 0;
  BOOST_TEST(next(2) == "+1");  // two at a time
  BOOST_TEST(next(3) == "+2");
  BOOST_TEST(next(100) == "+3");
}

BOOST_AUTO_TEST_CASE(gives_a_request_to_the_one_with_the_least_to_do) {
  have(3);
  BOOST_TEST(place() == 1u);
  BOOST_TEST(place() == 2u);
  BOOST_TEST(place() == 3u);
  p().finished(2, now);
  BOOST_TEST(place() == 2u);
  for (int i = 0; i != 3; ++i) BOOST_TEST(place() != 0u);
  BOOST_TEST(place() == 0u);  // all have two
}

BOOST_AUTO_TEST_CASE(gives_nothing_to_one_that_is_not_ready) {
  next();
  BOOST_TEST(place() == 0u);
  p().ready(1, now);
  BOOST_TEST(place() == 1u);
  p().not_ready(1);
  BOOST_TEST(place() == 0u);
}

BOOST_AUTO_TEST_CASE(gives_a_request_alone_to_one_that_has_nothing_else_and_gets_nothing_else) {
  have(2);
  BOOST_TEST(place() == 1u);
  BOOST_TEST(place(true) == 2u);
  BOOST_TEST(place(true) == 0u);
  BOOST_TEST(place() == 1u);
  BOOST_TEST(place() == 0u);
  p().finished(2, now);
  BOOST_TEST(place() == 2u);
}

BOOST_AUTO_TEST_CASE(ends_those_above_the_minimum_that_have_had_nothing_to_do_for_long) {
  BOOST_TEST(next(100) == "+1 +2 +3");
  for (unsigned n = 1; n <= 3; ++n) p().ready(n, now);
  BOOST_TEST(place() == 1u);
  now += 9s;
  p().finished(1, now);
  BOOST_TEST(next() == "");
  now += 1s;
  BOOST_TEST(next() == "-3 -2");
  BOOST_TEST(place() == 1u);
  p().finished(1, now);
  p().gone(2);
  p().gone(3);
  now += 1h;
  BOOST_TEST(next() == "");
}

BOOST_AUTO_TEST_CASE(replaces_one_at_a_time_and_only_when_its_successor_is_ready) {
  have(2);
  p().renew();
  BOOST_TEST(next() == "+3");
  BOOST_TEST(next() == "");
  p().ready(3, now);
  BOOST_TEST(next() == "-1 +4");
  BOOST_TEST(p().replaced(1));
  p().gone(1);
  p().ready(4, now);
  BOOST_TEST(next() == "-2");
  p().gone(2);
  BOOST_TEST(next() == "");
  BOOST_TEST(p().size() == 2u);
}

BOOST_AUTO_TEST_CASE(lets_one_that_is_replaced_finish_what_it_has) {
  have(1);
  BOOST_TEST(place() == 1u);
  p().renew();
  next();
  p().ready(2, now);
  BOOST_TEST(next() == "-1");
  BOOST_TEST(!p().idle(1));
  BOOST_TEST(place() == 2u);
  p().finished(1, now);
  BOOST_TEST(p().idle(1));
}

BOOST_AUTO_TEST_CASE(keeps_the_old_ones_where_the_new_ones_do_not_come_up) {
  have(2);
  p().renew();
  BOOST_TEST(next() == "+3");
  p().gone(3);
  BOOST_TEST(next() == "");
  BOOST_TEST(place() == 1u);
  p().renew();
  BOOST_TEST(next() == "+4");
}

BOOST_AUTO_TEST_CASE(begins_anew_where_the_program_changes_again_meanwhile) {
  have(1);
  p().renew();
  BOOST_TEST(next() == "+2");
  p().renew();
  BOOST_TEST(next() == "+3");
  p().ready(2, now);
  p().ready(3, now);
  BOOST_TEST(next() == "-1 +4");  // 2 is of the program between
  p().ready(4, now);
  BOOST_TEST(next() == "-2");
  BOOST_TEST(p().replaced(2));
  now += 10s;
  BOOST_TEST(next() == "-4");  // one more than needed
}

BOOST_AUTO_TEST_SUITE_END()
