// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE restart planner
#include "../src/host/restart_planner.hpp"

#include <boost/test/unit_test.hpp>

using namespace belfry;
using namespace std::chrono_literals;
using detail::restart_planner;
using step = restart_planner::step;

namespace {

/// A clock that is moved by hand, and no chance.
struct planning {
  restart_options options;
  double chance = 0.5;  // neither longer nor shorter
  restart_planner::clock::time_point now{};
  std::optional<restart_planner> planner;

  restart_planner::plan failure(bool productive = false, std::chrono::nanoseconds lived = 0ns) {
    return after({true, productive, lived});
  }
  restart_planner::plan success() { return after({false, true, 1s}); }
  restart_planner::plan after(const restart_planner::ending& e) {
    if (!planner) planner.emplace(options, [this] { return chance; });
    return planner->after(e, now);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_plan, planning)

BOOST_AUTO_TEST_CASE(never_restarts_where_that_is_the_policy) {
  options.policy = restart::never;
  BOOST_TEST((failure().next == step::rest));
  BOOST_TEST((success().next == step::rest));
}

BOOST_AUTO_TEST_CASE(restarts_what_failed_and_not_what_ended_well_where_that_is_the_policy) {
  options.policy = restart::on_failure;
  BOOST_TEST((failure().next == step::restart));
  BOOST_TEST((success().next == step::rest));
}

BOOST_AUTO_TEST_CASE(always_restarts_where_that_is_the_policy) {
  options.policy = restart::always;
  BOOST_TEST((failure().next == step::restart));
  BOOST_TEST((success().next == step::restart));
}

BOOST_AUTO_TEST_CASE(waits_longer_after_each_failure_in_a_row_up_to_the_limit) {
  options.first_delay = 100ms;
  options.growth = 3;
  options.longest_delay = 1000ms;
  BOOST_TEST(failure().delay.count() == 100);
  BOOST_TEST(failure().delay.count() == 300);
  BOOST_TEST(failure().delay.count() == 900);
  BOOST_TEST(failure().delay.count() == 1000);
}

BOOST_AUTO_TEST_CASE(waits_no_longer_than_the_limit_however_long_the_row) {
  options.limit = 0;
  options.longest_delay = 1000ms;
  for (int i = 0; i != 5000; ++i) failure();
  BOOST_TEST(failure().delay.count() == 1000);
}

BOOST_AUTO_TEST_CASE(begins_anew_after_a_plugin_that_lived_long_or_got_something_done) {
  options.first_delay = 100ms;
  options.stable_after = 10s;
  failure();
  failure();
  BOOST_TEST(failure(false, 9s).delay.count() == 400);
  BOOST_TEST(failure(false, 10s).delay.count() == 100);
  failure();
  BOOST_TEST(failure(true).delay.count() == 100);
}

BOOST_AUTO_TEST_CASE(makes_the_wait_longer_or_shorter_by_chance) {
  options.first_delay = 100ms;
  options.jitter = 0.2;
  chance = 0;
  BOOST_TEST(failure(true).delay.count() == 80);
  chance = 0.999999;
  BOOST_TEST(failure(true).delay.count() == 119);
}

BOOST_AUTO_TEST_CASE(gives_up_when_there_were_too_many_restarts_in_that_time) {
  options.limit = 3;
  options.within = 60s;
  for (int i = 0; i != 3; ++i) {
    BOOST_TEST((failure(true).next == step::restart));
    now += 10s;
  }
  const auto plan = failure(true);
  BOOST_TEST((plan.next == step::give_up));
  BOOST_TEST(plan.why == "it was started again 3 times within 60000 ms");
}

BOOST_AUTO_TEST_CASE(forgets_restarts_that_are_long_ago) {
  options.limit = 3;
  options.within = 60s;
  for (int i = 0; i != 20; ++i) {
    BOOST_TEST((failure(true).next == step::restart));
    now += 20s;
  }
}

BOOST_AUTO_TEST_CASE(gives_up_after_too_many_failures_in_a_row_only) {
  options.limit = 0;
  options.limit_in_a_row = 2;
  failure();
  failure();
  BOOST_TEST((failure(true).next == step::restart));
  BOOST_TEST((failure().next == step::restart));
  BOOST_TEST((failure().next == step::give_up));
}

BOOST_AUTO_TEST_SUITE_END()
