// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_OUTPUT_LINE_HPP
#define BELFRY_OUTPUT_LINE_HPP

#include <chrono>
#include <string>

namespace belfry {

/// A standard stream that a plugin writes to.
enum class output_stream { out, err };

/// "stdout" or "stderr".
constexpr const char* to_string(output_stream s) noexcept { return s == output_stream::out ? "stdout" : "stderr"; }

/// A line that a plugin wrote.
struct output_line {
  output_stream stream = output_stream::err;   ///< To which stream.
  std::chrono::system_clock::time_point time;  ///< When the host read it.
  std::string text;                            ///< Its bytes as they are, without the end of the line.
  bool cut = false;                            ///< It was longer than `output_options::longest_line_bytes`.
};

}  // namespace belfry

#endif
