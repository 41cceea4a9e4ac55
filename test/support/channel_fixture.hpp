// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_CHANNEL_FIXTURE_HPP
#define BELFRY_TEST_SUPPORT_CHANNEL_FIXTURE_HPP

#include "channels.hpp"
#include "context_fixture.hpp"

namespace belfry::test {

/// A channel with both its sides here.
struct channel_fixture : context_fixture {
  explicit channel_fixture(const channel_options& options = {4096, 4096})
      : sides(make_channels(context.get_executor(), options)) {}

  both_sides sides;
  channel& a = sides.a;
  channel& b = sides.b;
};

/// One whose blocking waits go to sleep at once, so that the statistics tell when one has begun.
struct blocking_channel_fixture : channel_fixture {
  explicit blocking_channel_fixture(const channel_options& options = {4096, 4096}) : channel_fixture(options) {
    a.set_wait_policy(wait_policy::block);
    b.set_wait_policy(wait_policy::block);
  }
};

}  // namespace belfry::test

#endif
