// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "plugin_output.hpp"

#include "text.hpp"

#include <cerrno>
#include <chrono>
#include <new>
#include <utility>

#include <unistd.h>

namespace belfry::detail {
namespace {

/// Read at once.
constexpr std::size_t piece_bytes = 16 * 1024;
/// Pieces in a row: a plugin that never stops writing must not keep others waiting.
constexpr int pieces_at_once = 16;
/// Pieces after its end. A pipe holds 64 KiB, or up to a MiB if somebody made it so large; only a process that has left
/// the plugin's group could write more.
constexpr int pieces_at_the_end = 128;

constexpr std::array both{output_stream::out, output_stream::err};

}  // namespace

plugin_output::plugin_output(std::string name, const output_options& options)
    : name_(std::move(name)),
      options_(options),
      limiter_(options.lines_per_second, options.burst_lines, std::chrono::steady_clock::now()) {}

void plugin_output::add(output_stream stream, severity level, posix::unique_descriptor fd) {
  auto& s = sources_[static_cast<std::size_t>(stream)];
  s.level = level;
  s.fd = std::move(fd);
  s.ended = false;
  s.lines.emplace(options_.longest_line_bytes);
}

std::array<int, 2> plugin_output::descriptors() const noexcept { return {sources_[0].fd.get(), sources_[1].fd.get()}; }

std::array<bool, 2> plugin_output::ended() noexcept {
  const std::lock_guard lock(reading_);
  return {sources_[0].ended, sources_[1].ended};
}

void plugin_output::drain() noexcept {
  const std::lock_guard lock(reading_);
  for (const auto stream : both) {
    for (int i = 0; i != pieces_at_once && read_some(stream); ++i) {
    }
  }
  tell_dropped();
}

void plugin_output::drain_last() noexcept {
  const std::lock_guard lock(reading_);
  for (const auto stream : both) {
    for (int i = 0; i != pieces_at_the_end && read_some(stream); ++i) {
    }
    end(stream);
  }
  tell_dropped();
}

/// Whether there may be more at once.
bool plugin_output::read_some(output_stream stream) {
  auto& s = sources_[static_cast<std::size_t>(stream)];
  if (s.ended) return false;
  char bytes[piece_bytes];
  const auto size = ::read(s.fd.get(), bytes, sizeof bytes);
  if (size < 0 && errno == EINTR) return true;
  if (size < 0 && errno == EAGAIN) return false;
  if (size <= 0) {
    s.ended = true;
    end(stream);
    return false;
  }
  try {
    s.lines->add({bytes, static_cast<std::size_t>(size)},
                 [&](std::string_view line, bool cut) { take(stream, line, cut); });
  } catch (const std::bad_alloc&) {
    // These are lost; the plugin goes on.
  }
  return true;
}

void plugin_output::end(output_stream stream) {
  auto& s = sources_[static_cast<std::size_t>(stream)];
  if (!s.lines) return;
  try {
    s.lines->finish([&](std::string_view line, bool cut) { take(stream, line, cut); });
  } catch (const std::bad_alloc&) {
    // As above.
  }
}

void plugin_output::take(output_stream stream, std::string_view line, bool cut) {
  {
    const std::lock_guard lock(mutex_);
    if (last_.size() >= options_.last_lines && !last_.empty()) last_.pop_front();
    if (options_.last_lines != 0) last_.push_back({stream, std::chrono::system_clock::now(), std::string(line), cut});
  }
  if (!limiter_.pass(std::chrono::steady_clock::now())) return;
  tell_dropped();
  auto d = describe(event_kind::plugin_output, sources_[static_cast<std::size_t>(stream)].level);
  d.line = line;
  d.stream = to_string(stream);
  d.message = name_ + ": " + printable(line) + (cut ? " [...]" : "");
  report(d);
}

void plugin_output::tell_dropped() {
  const auto dropped = limiter_.take_dropped();
  if (dropped == 0) return;
  try {
    auto d = describe(event_kind::plugin_output_dropped, severity::warning);
    d.dropped_lines = dropped;
    d.message = "plugin " + name_ + " (pid " + std::to_string(d.pid) + ") wrote too much: " + std::to_string(dropped) +
                " lines of its output were dropped";
    report(d);
  } catch (const std::bad_alloc&) {
    // As above.
  }
}

diagnostic plugin_output::describe(event_kind kind, severity level) const {
  diagnostic d;
  d.level = level;
  d.source = subsystem::plugin;
  d.kind = kind;
  d.peer = name_;
  d.pid = pid_.load();
  return d;
}

std::vector<output_line> plugin_output::last_lines() const {
  const std::lock_guard lock(mutex_);
  return {last_.begin(), last_.end()};
}

std::vector<std::string> plugin_output::last_lines_of(output_stream stream) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> texts;
  for (const auto& line : last_) {
    if (line.stream == stream) texts.push_back(line.text + (line.cut ? " [...]" : ""));
  }
  return texts;
}

}  // namespace belfry::detail
