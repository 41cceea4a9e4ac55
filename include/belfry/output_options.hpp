// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_OUTPUT_OPTIONS_HPP
#define BELFRY_OUTPUT_OPTIONS_HPP

#include <cstddef>

namespace belfry {

/// Limits for what a plugin writes to standard streams that are logged (`stdio_target::log`), for both together.
struct output_options {
  /// Of a longer line, the first so many bytes are taken, and the rest of it is left out.
  std::size_t longest_line_bytes = 4096;
  /// So many lines a second are logged, in the long run. What is more is dropped, and a record tells how many lines that
  /// were (`event_kind::plugin_output_dropped`).
  std::size_t lines_per_second = 200;
  /// So many lines may come at once, after a silence, before that counts.
  std::size_t burst_lines = 1000;
  /// So many of the last lines are kept for `plugin::last_output`, dropped ones too.
  std::size_t last_lines = 50;
};

}  // namespace belfry

#endif
