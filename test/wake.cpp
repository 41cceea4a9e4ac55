// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/detail/wake.hpp>

#include <cstdint>
#include <initializer_list>

#define BOOST_TEST_MODULE wake
#include "support/pattern.hpp"

#include <boost/test/unit_test.hpp>

using belfry::detail::crossed;

namespace {

constexpr std::uint64_t top = ~std::uint64_t{0};

/// Positions at which the comparison could go wrong: also where the count wraps.
constexpr std::initializer_list<std::uint64_t> bases{
    0, 8, 4096, std::uint64_t{1} << 32, std::uint64_t{1} << 63, top - 7, top - 99};

}  // namespace

BOOST_AUTO_TEST_CASE(a_position_is_crossed_if_it_lies_behind_the_old_and_not_behind_the_new_one) {
  for (const std::uint64_t base : bases) {
    for (std::uint64_t step : {1U, 8U, 16U, 4096U}) {
      BOOST_TEST(!crossed(base - 1, base, base + step));
      BOOST_TEST(!crossed(base, base, base + step));
      BOOST_TEST(crossed(base + 1, base, base + step));
      BOOST_TEST(crossed(base + step, base, base + step));
      BOOST_TEST(!crossed(base + step + 1, base, base + step));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_step_of_nothing_crosses_nothing) {
  for (const std::uint64_t base : bases) {
    for (const std::uint64_t wake_at : {base - 1, base, base + 1}) BOOST_TEST(!crossed(wake_at, base, base));
  }
}

BOOST_AUTO_TEST_CASE(a_position_far_behind_or_far_ahead_is_not_crossed) {
  for (const std::uint64_t base : bases) {
    for (unsigned bit = 14; bit != 64; ++bit) {
      BOOST_TEST(!crossed(base - (std::uint64_t{1} << bit), base, base + 4096));
      BOOST_TEST(!crossed(base + (std::uint64_t{1} << bit), base, base + 4096));
    }
  }
}

BOOST_AUTO_TEST_CASE(each_position_is_crossed_by_exactly_one_of_the_steps_that_pass_it) {
  belfry::test::sequence random(3);
  for (const std::uint64_t base : bases) {
    for (std::uint64_t wake_at = base + 1; wake_at != base + 400; ++wake_at) {
      int times = 0;
      for (std::uint64_t at = base; at - base < 400;) {
        const std::uint64_t next = at + 1 + random.next(60);
        if (crossed(wake_at, at, next)) ++times;
        at = next;
      }
      BOOST_TEST(times == 1);
    }
  }
}
