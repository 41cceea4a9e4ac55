// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_STOP_OPTIONS_HPP
#define BELFRY_STOP_OPTIONS_HPP

#include <chrono>

namespace belfry {

/// How a plugin is stopped: by a goodbye, then by a polite signal, then by force. Each step is taken only where those before
/// it have not ended the plugin within their limits. `milliseconds::max()` is no limit.
struct stop_options {
  /// How long the plugin may take to end after the goodbye. 0: it is said, and not waited for.
  std::chrono::milliseconds goodbye{1000};
  /// How long it may take after SIGTERM, which goes to the plugin alone. 0: that signal is not sent.
  std::chrono::milliseconds terminate{500};
  /// How long it may take after SIGKILL, which goes to its whole group and cannot be ignored. A process that is stuck in
  /// the kernel may outlive that; then the error is `error::timed_out`, and the plugin is left to itself.
  std::chrono::milliseconds kill{5000};
};

}  // namespace belfry

#endif
