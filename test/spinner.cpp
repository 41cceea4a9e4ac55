// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/detail/spinner.hpp>
#include <belfry/wait_policy.hpp>

#define BOOST_TEST_MODULE spinner
#include <boost/test/unit_test.hpp>

// How often somebody looks before sleeping, and what becomes of it in the statistics.

using belfry::wait_policy;
using belfry::detail::several_processors;
using belfry::detail::spinner;

namespace {

/// Looks that a spin makes in vain.
unsigned looks_in_vain(spinner& s) {
  unsigned looks = 0;
  BOOST_TEST(!s.spin([&] {
    ++looks;
    return false;
  }));
  return looks;
}

}  // namespace

BOOST_AUTO_TEST_CASE(who_blocks_does_not_look_and_wins_nothing) {
  spinner s;
  s.policy(wait_policy::block);
  BOOST_TEST(looks_in_vain(s) == 0u);
  BOOST_TEST(s.won() == 0u);
  BOOST_TEST(!s.endless());
}

BOOST_AUTO_TEST_CASE(on_one_processor_nobody_spins) {
  if (several_processors()) {
    BOOST_TEST_MESSAGE("there are several");
    return;
  }
  for (const auto policy : {wait_policy::adaptive, wait_policy::spin}) {
    spinner s;
    s.policy(policy);
    BOOST_TEST(looks_in_vain(s) == 0u);
    BOOST_TEST(!s.endless());
  }
}

BOOST_AUTO_TEST_CASE(each_spin_that_saved_a_sleep_is_counted) {
  if (!several_processors()) return;
  spinner s;
  for (unsigned lap = 1; lap != 4; ++lap) {
    unsigned looks = 0;
    BOOST_TEST(s.spin([&] { return ++looks == 3; }));
    BOOST_TEST(looks == 3u);
    BOOST_TEST(s.won() == lap);
  }
  looks_in_vain(s);
  BOOST_TEST(s.won() == 3u);
}

BOOST_AUTO_TEST_CASE(it_looks_less_where_that_does_not_pay_and_never_stops_trying) {
  if (!several_processors()) return;
  spinner s;
  unsigned before = looks_in_vain(s);
  for (int i = 0; i != 20; ++i) {
    const unsigned now = looks_in_vain(s);
    BOOST_TEST(now <= before);
    BOOST_TEST(now > 0u);
    before = now;
  }
  BOOST_TEST(s.spin([] { return true; }));
  BOOST_TEST(looks_in_vain(s) > before);
}

BOOST_AUTO_TEST_CASE(only_who_wants_to_spin_does_so_without_end) {
  spinner s;
  BOOST_TEST(!s.endless());
  s.policy(wait_policy::spin);
  BOOST_TEST(s.endless() == several_processors());
}
