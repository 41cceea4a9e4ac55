// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_PLUGIN_OUTPUT_HPP
#define BELFRY_SRC_HOST_PLUGIN_OUTPUT_HPP

#include "line_limiter.hpp"
#include "line_splitter.hpp"

#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/diagnostics.hpp>
#include <belfry/output_line.hpp>
#include <belfry/output_options.hpp>

#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::detail {

/// What a plugin writes to the standard streams that are logged: becomes diagnostics, and the last of it is kept.
///
/// Whoever calls `drain` reads what is there and never waits. The thread of `posix::output_reader` does so as soon as there
/// is something; who notices the plugin's end does it once more, so that its last words come before the record of its end.
///
/// Thread safety: all.
class plugin_output {
 public:
  plugin_output(std::string name, const output_options&);

  /// The reading end of a stream, which must not block. Before anything else.
  void add(output_stream, severity, posix::unique_descriptor);
  /// Whose it is, once that is known.
  void belongs_to(int pid) noexcept { pid_.store(pid); }

  /// The reading ends, for who waits for them; -1 where there is none. They stay open as long as this lives, so that their
  /// numbers mean nothing else meanwhile.
  std::array<int, 2> descriptors() const noexcept;
  /// Which of them have come to their end, and need not be waited for any more.
  std::array<bool, 2> ended() noexcept;

  /// Reads what is there, or a good part of it.
  void drain() noexcept;
  /// The plugin has ended: all that is there, and what is no whole line yet.
  void drain_last() noexcept;

  /// The last lines, the oldest first.
  std::vector<output_line> last_lines() const;
  /// Of these, the texts of those that were written to one stream.
  std::vector<std::string> last_lines_of(output_stream) const;

 private:
  struct source {
    severity level = severity::info;
    posix::unique_descriptor fd;
    bool ended = true;
    std::optional<line_splitter> lines;
  };

  bool read_some(output_stream);
  void end(output_stream);
  void take(output_stream, std::string_view line, bool cut);
  void tell_dropped();
  diagnostic describe(event_kind, severity) const;

  const std::string name_;
  const output_options options_;
  std::atomic<int> pid_{0};
  // Held while lines are reported, so that they come in order. A sink may ask for the last lines meanwhile, or, on this
  // thread, have the rest read.
  std::recursive_mutex reading_;
  std::array<source, 2> sources_;
  line_limiter limiter_;
  mutable std::mutex mutex_;
  std::deque<output_line> last_;
};

}  // namespace belfry::detail

#endif
