// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE health monitor
#include "../src/host/health_monitor.hpp"

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;
using belfry::detail::health_monitor;
using verdict = health_monitor::verdict;

namespace {

struct looking {
  health_monitor monitor{8s};
  health_monitor::clock::time_point now{};

  /// Looks every two seconds, as the monitor wants, until the time is up or the verdict is no longer `expected`.
  bool stays(verdict expected, const health_monitor::sight& s, std::chrono::seconds time) {
    for (const auto end = now + time; now != end;) {
      now += monitor.interval();
      if (monitor.look(s, now) != expected) return false;
    }
    return true;
  }
  verdict look(const health_monitor::sight& s) {
    now += monitor.interval();
    return monitor.look(s, now);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_plugin, looking)

BOOST_AUTO_TEST_CASE(is_looked_after_four_times_in_its_limit) {
  BOOST_TEST((monitor.interval() == 2s));
  BOOST_TEST((health_monitor(0s).interval() == 0s));
}

BOOST_AUTO_TEST_CASE(that_has_released_everything_is_asked_for_a_sign_of_life) {
  BOOST_TEST(stays(verdict::ask, {64, 64, 0, false}, 60s));
}

BOOST_AUTO_TEST_CASE(that_does_not_give_the_sign_it_was_asked_for_is_dead_when_the_limit_has_passed) {
  BOOST_TEST((look({64, 64, 0, false}) == verdict::ask));
  BOOST_TEST(stays(verdict::lives, {80, 64, 0, false}, 6s));
  BOOST_TEST((look({80, 64, 0, false}) == verdict::dead));
}

BOOST_AUTO_TEST_CASE(that_gives_the_sign_lives_and_is_asked_again) {
  BOOST_TEST((look({64, 64, 0, false}) == verdict::ask));
  BOOST_TEST(stays(verdict::lives, {80, 64, 0, false}, 6s));
  BOOST_TEST((look({80, 80, 0, false}) == verdict::ask));
  BOOST_TEST(stays(verdict::lives, {96, 80, 0, false}, 6s));
}

BOOST_AUTO_TEST_CASE(that_does_not_release_a_message_is_dead_when_the_limit_has_passed) {
  BOOST_TEST((look({64, 0, 0, false}) == verdict::lives));
  BOOST_TEST(stays(verdict::lives, {640, 0, 0, false}, 6s));
  BOOST_TEST((look({640, 0, 0, false}) == verdict::dead));
}

BOOST_AUTO_TEST_CASE(that_goes_on_releasing_or_sending_lives) {
  for (std::uint64_t i = 0; i != 100; ++i) BOOST_TEST((look({100'000, i * 8, 0, false}) == verdict::lives));
  for (std::uint64_t i = 1; i != 100; ++i) BOOST_TEST((look({100'000, 792, i, false}) == verdict::lives));
}

BOOST_AUTO_TEST_CASE(that_waits_for_room_is_not_judged_and_has_its_whole_time_afterwards) {
  BOOST_TEST(stays(verdict::lives, {64, 0, 0, true}, 60s));
  BOOST_TEST(stays(verdict::lives, {64, 0, 0, false}, 6s));
  BOOST_TEST((look({64, 0, 0, false}) == verdict::dead));
}

BOOST_AUTO_TEST_CASE(has_its_whole_time_again_after_nobody_has_looked_for_long) {
  BOOST_TEST((look({64, 0, 0, false}) == verdict::lives));
  now += 1h;
  BOOST_TEST((monitor.look({64, 0, 0, false}, now) == verdict::lives));
  BOOST_TEST(stays(verdict::lives, {64, 0, 0, false}, 6s));
  BOOST_TEST((look({64, 0, 0, false}) == verdict::dead));
}

BOOST_AUTO_TEST_CASE(is_never_dead_without_a_limit) {
  monitor = health_monitor(0s);
  for (int i = 0; i != 10; ++i) {
    now += 1h;
    BOOST_TEST((monitor.look({64, 0, 0, false}, now) == verdict::lives));
  }
}

BOOST_AUTO_TEST_SUITE_END()
