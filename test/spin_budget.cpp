// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/detail/spin_budget.hpp>

#define BOOST_TEST_MODULE spin_budget
#include <boost/test/unit_test.hpp>

using belfry::detail::spin_budget;
using std::chrono::nanoseconds;

namespace {

constexpr nanoseconds limit(32'000);

/// How many waits may not spin before the next one that may, which is as long as the result says.
std::uint32_t waits_without_spinning(spin_budget& b, nanoseconds& next) {
  std::uint32_t waits = 0;
  while ((next = b.next(limit)) == nanoseconds::zero()) ++waits;
  return waits;
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_begins_with_all_that_is_allowed_and_keeps_that_while_it_wins) {
  spin_budget b;
  for (int i = 0; i != 10; ++i) {
    BOOST_TEST((b.next(limit) == limit));
    b.won();
  }
}

BOOST_AUTO_TEST_CASE(each_loss_halves_it_until_there_is_nothing_and_each_win_gives_back_as_much) {
  spin_budget b;
  nanoseconds expected = limit;
  for (int i = 0; i != 4; ++i) {
    BOOST_TEST((b.next(limit) == expected));
    b.lost();
    expected /= 2;
  }
  for (int i = 0; i != 4; ++i) {
    BOOST_TEST((b.next(limit) == expected));
    b.won();
    expected *= 2;
  }
  BOOST_TEST((b.next(limit) == limit));
}

BOOST_AUTO_TEST_CASE(who_goes_on_losing_rests_ever_longer_and_one_win_ends_that) {
  spin_budget b;
  for (int i = 0; i != 5; ++i) {
    BOOST_TEST((b.next(limit) != nanoseconds::zero()));
    b.lost();
  }
  nanoseconds trial;
  std::uint32_t expected = 1;
  for (int i = 0; i != 12; ++i) {
    BOOST_TEST(waits_without_spinning(b, trial) == expected);
    BOOST_TEST((trial == limit));
    expected = std::min(2 * expected + 1, spin_budget::longest_rest);
    b.lost();
  }
  BOOST_TEST(waits_without_spinning(b, trial) == spin_budget::longest_rest);
  b.won();
  BOOST_TEST((b.next(limit) == limit));
}

BOOST_AUTO_TEST_CASE(who_is_disturbed_rests_at_once_also_if_it_spins_regardless_of_what_that_wins) {
  spin_budget b;
  for (int i = 0; i != 20; ++i) {
    BOOST_TEST((b.next_regardless(limit) == limit));
    b.lost();
    for (int k = 0; k != 2000 && b.next_regardless(limit) != limit; ++k) {
    }
    b.won();
  }
  BOOST_TEST((b.next_regardless(limit) == limit));
  b.disturbed();
  BOOST_TEST((b.next_regardless(limit) == nanoseconds::zero()));
  BOOST_TEST((b.next_regardless(limit) == limit));
}
