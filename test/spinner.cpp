// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/detail/spinner.hpp>

#include <chrono>
#include <cstdint>

#define BOOST_TEST_MODULE spinner
#include <boost/test/unit_test.hpp>

using belfry::wait_policy;
using belfry::detail::several_processors;
using belfry::detail::shared_word;
using belfry::detail::spinner;
using namespace std::chrono_literals;

namespace {

/// A clock that goes on by a step whenever somebody looks at it.
struct slow_clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<slow_clock>;
  [[maybe_unused]] static constexpr bool is_steady = true;
  static inline duration step = 1us;
  static inline time_point time;
  static time_point now() noexcept { return time += step; }
};

struct fixture {
  shared_word own{0}, peer{0};
  spinner spin{own, peer};
  std::uint64_t looks = 0;

  fixture() { slow_clock::step = 1us; }

  /// For how long it spins where there is nothing to find.
  std::chrono::nanoseconds spins_for(spinner::patience p = spinner::patience::blocking) {
    const auto before = slow_clock::time;
    spin.begin(0, true, p);
    BOOST_TEST(!spin.comes_at_once([] { return false; }));
    BOOST_TEST(!spin.spin<slow_clock>([] { return false; }, [&] { return ++looks == 0; }));
    return slow_clock::time - before;
  }
  bool finds_something() {
    spin.begin(0, true);
    return spin.spin<slow_clock>([] { return true; }, [&] { return ++looks != 0; });
  }
};

/// There nothing ever spins.
bool one_processor() { return !several_processors(); }

}  // namespace

BOOST_FIXTURE_TEST_CASE(it_spins_for_the_time_that_the_policy_allows, fixture) {
  if (one_processor()) return;
  // One step more: it reads the clock before it begins.
  BOOST_TEST((spins_for() == 51us));
  spin.policy(wait_policy::spin_for(20us));
  BOOST_TEST((spins_for() == 21us));
  BOOST_TEST((spins_for() == 21us));
  spin.policy(wait_policy::block);
  BOOST_TEST((spins_for() == 0us));
  spin.policy(wait_policy::spin_for(0us));
  BOOST_TEST((spins_for() == 0us));
}

BOOST_FIXTURE_TEST_CASE(one_that_others_wait_for_spins_for_an_eighth_unless_the_user_has_said_how_long, fixture) {
  if (one_processor()) return;
  BOOST_TEST((spins_for(spinner::patience::brief) == 8us));  // the first microsecond after 6.25
  spin.policy(wait_policy::spin_for(20us));
  BOOST_TEST((spins_for(spinner::patience::brief) == 21us));
}

BOOST_FIXTURE_TEST_CASE(it_finds_what_comes_meanwhile_and_counts_that, fixture) {
  if (one_processor()) return;
  BOOST_TEST(finds_something());
  BOOST_TEST(looks == 1u);
  BOOST_TEST(spin.won_times() == 1u);
  BOOST_TEST(spin.lost_times() == 0u);
  spins_for();
  BOOST_TEST(spin.won_times() == 1u);
  BOOST_TEST(spin.lost_times() == 1u);
}

BOOST_FIXTURE_TEST_CASE(what_comes_at_once_is_found_without_a_clock, fixture) {
  if (one_processor()) return;
  const auto before = slow_clock::time;
  spin.begin(0, true);
  BOOST_TEST(spin.comes_at_once([&] { return ++looks == 3; }));
  BOOST_TEST(looks == 3u);
  BOOST_TEST(spin.won_times() == 1u);
  BOOST_TEST((slow_clock::time == before));
  spin.policy(wait_policy::block);
  spin.begin(0, true);
  BOOST_TEST(!spin.comes_at_once([] { return true; }));
}

BOOST_FIXTURE_TEST_CASE(it_looks_now_and_then_where_there_is_no_hint, fixture) {
  if (one_processor()) return;
  spins_for();
  BOOST_TEST(looks >= 50u);
}

BOOST_FIXTURE_TEST_CASE(it_stops_as_soon_as_others_want_the_processor_and_does_not_spin_the_next_time, fixture) {
  if (one_processor()) return;
  for (const auto policy : {wait_policy::adaptive, wait_policy::spin_for(10ms)}) {
    spinner fresh(own, peer);
    fresh.policy(policy);
    slow_clock::step = spinner::disturbance + 1ns;
    const auto before = slow_clock::time;
    const auto nothing_comes = [] { return false; };
    fresh.begin(0, true);
    BOOST_TEST(!fresh.spin<slow_clock>(nothing_comes, nothing_comes));
    BOOST_TEST((slow_clock::time - before == 2 * slow_clock::step));
    slow_clock::step = 1us;
    const auto after = slow_clock::time;
    fresh.begin(0, true);
    BOOST_TEST(!fresh.spin<slow_clock>(nothing_comes, nothing_comes));
    BOOST_TEST((slow_clock::time == after));
  }
}

BOOST_FIXTURE_TEST_CASE(it_never_spins_where_both_sides_have_one_and_the_same_processor, fixture) {
  own = peer = 1;
  for (const auto policy : {wait_policy::adaptive, wait_policy::spin, wait_policy::spin_for(1s)}) {
    spin.policy(policy);
    // Setting it has asked the system, which knows of no such thing.
    own = 1;
    BOOST_TEST(!spin.endless());
    BOOST_TEST((spins_for() == 0us));
    BOOST_TEST(!finds_something());
  }
  BOOST_TEST(looks == 0u);
}

BOOST_FIXTURE_TEST_CASE(it_spins_where_each_side_has_a_processor_of_its_own, fixture) {
  if (one_processor()) return;
  own = 1;
  peer = 2;
  BOOST_TEST(finds_something());
  spin.policy(wait_policy::spin);
  own = 1;
  BOOST_TEST(spin.endless());
}

BOOST_FIXTURE_TEST_CASE(it_notices_that_it_may_use_more_processors_again, fixture) {
  if (one_processor() || belfry::detail::only_processor() != 0) return;
  own = peer = 1;
  int waits = 0;
  while (!finds_something() && waits != 1000) ++waits;
  BOOST_TEST(waits > 0);
  BOOST_TEST(waits < 1000);
  BOOST_TEST(own == 0u);
}
