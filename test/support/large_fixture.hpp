// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_LARGE_FIXTURE_HPP
#define BELFRY_TEST_SUPPORT_LARGE_FIXTURE_HPP

#include "channel_fixture.hpp"

#include <cstddef>
#include <cstdint>

namespace belfry::test {

constexpr std::size_t kilo = 1024;
constexpr std::size_t mega = 1024 * kilo;

/// A channel for messages that are larger than its rings.
struct large_fixture : blocking_channel_fixture {
  explicit large_fixture(std::size_t bytes = mega, std::uint32_t regions = 16)
      : blocking_channel_fixture(large_messages(bytes, regions)) {}

  error_code ec;
};

}  // namespace belfry::test

#endif
