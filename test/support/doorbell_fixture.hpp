// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_DOORBELL_FIXTURE_HPP
#define BELFRY_TEST_SUPPORT_DOORBELL_FIXTURE_HPP

#include "context_fixture.hpp"

#include <belfry/doorbell.hpp>

#include <utility>

namespace belfry::test {

/// Both ends of a doorbell, and what the waits with `handler` completed with.
struct doorbell_fixture : context_fixture {
  doorbell_fixture() {
    auto [a, handle] = doorbell::create_pair(context.get_executor());
    mine = std::move(a);
    theirs = doorbell::from_handle(context.get_executor(), std::move(handle));
  }

  auto handler() {
    return [this](error_code e) {
      ++times;
      ec = e;
    };
  }

  doorbell mine;
  doorbell theirs;
  int times = 0;
  error_code ec;
};

}  // namespace belfry::test

#endif
