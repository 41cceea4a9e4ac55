// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_STDIO_TARGET_HPP
#define BELFRY_STDIO_TARGET_HPP

#include <belfry/diagnostics.hpp>

#include <filesystem>
#include <optional>
#include <utility>

namespace belfry {

/// Where a standard stream of a plugin leads.
class stdio_target {
 public:
  /// The five ways.
  enum class kind { inherit, null, descriptor, file, log };

  /// The host's own; nowhere if the host has none, or has it close-on-exec.
  static stdio_target inherit() { return {kind::inherit, -1, {}}; }
  /// Nowhere: reads find the end, writes vanish.
  static stdio_target null() { return {kind::null, -1, {}}; }
  /// An open descriptor of the host, which stays the host's. It must be open when the plugin is launched.
  static stdio_target descriptor(int fd) { return {kind::descriptor, fd, {}}; }
  /// A file: read from its beginning, or made if need be and appended to.
  static stdio_target file(std::filesystem::path path) { return {kind::file, -1, std::move(path)}; }

  /// Into the log: each line becomes a diagnostic, `event_kind::plugin_output`, with the plugin's name, at that level.
  /// The last lines are kept besides (`plugin::last_output`). For output only; standard input must be something else, or
  /// the error is `invalid_argument`.
  ///
  /// A thread of the library's, one for all plugins, reads what they write, also while nobody runs the executor; so no
  /// plugin is held up by a host that does something else, but only by a sink of diagnostics that is slow.
  static stdio_target log(severity level) { return {kind::log, -1, {}, level}; }
  /// The same with warnings for standard error, and what a launcher does not show unless it is asked to
  /// (`severity::info`) for standard output.
  static stdio_target log() { return {kind::log, -1, {}}; }

  /// Which of them it is.
  kind what() const noexcept { return kind_; }
  /// With `descriptor`: which; else -1.
  int fd() const noexcept { return fd_; }
  /// With `file`: which.
  const std::filesystem::path& path() const noexcept { return path_; }
  /// With `log`: at which level, if one was given.
  std::optional<severity> level() const noexcept { return level_; }

 private:
  stdio_target(kind k, int fd, std::filesystem::path path, std::optional<severity> level = std::nullopt)
      : kind_(k), fd_(fd), path_(std::move(path)), level_(level) {}

  kind kind_;
  int fd_;
  std::filesystem::path path_;
  std::optional<severity> level_;
};

}  // namespace belfry

#endif
