// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_CONTEXT_FIXTURE_HPP
#define BELFRY_TEST_SUPPORT_CONTEXT_FIXTURE_HPP

#include <boost/asio/io_context.hpp>

namespace belfry::test {

/// An io_context that is run piece by piece. It may have come to its end before.
struct context_fixture {
  /// Until nothing is pending any more.
  void run() {
    context.restart();
    context.run();
  }
  /// What can be done without a wait.
  void poll() {
    context.restart();
    context.poll();
  }

  boost::asio::io_context context;
};

}  // namespace belfry::test

#endif
