// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_LAUNCH_OPTIONS_HPP
#define BELFRY_LAUNCH_OPTIONS_HPP

#include <belfry/channel.hpp>
#include <belfry/confinement.hpp>
#include <belfry/named_descriptor.hpp>
#include <belfry/process_group.hpp>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace belfry {

/// Where a standard stream of a plugin leads.
class stdio_target {
 public:
  /// The four ways.
  enum class kind { inherit, null, descriptor, file };

  /// The host's own; nowhere if the host has none, or has it close-on-exec.
  static stdio_target inherit() { return {kind::inherit, -1, {}}; }
  /// Nowhere: reads find the end, writes vanish.
  static stdio_target null() { return {kind::null, -1, {}}; }
  /// An open descriptor of the host, which stays the host's. It must be open when the plugin is launched.
  static stdio_target descriptor(int fd) { return {kind::descriptor, fd, {}}; }
  /// A file: read from its beginning, or made if need be and appended to.
  static stdio_target file(std::filesystem::path path) { return {kind::file, -1, std::move(path)}; }

  /// Which of them it is.
  kind what() const noexcept { return kind_; }
  /// With `descriptor`: which; else -1.
  int fd() const noexcept { return fd_; }
  /// With `file`: which.
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  stdio_target(kind k, int fd, std::filesystem::path path) : kind_(k), fd_(fd), path_(std::move(path)) {}

  kind kind_;
  int fd_;
  std::filesystem::path path_;
};

/// How to launch a plugin.
struct launch_options {
  /// The program. A name without a slash is looked up in the host's PATH. One with a slash that does not begin with it
  /// is relative to `working_directory`, where that is given.
  std::filesystem::path executable;
  /// Its arguments, without the program's own name.
  std::vector<std::string> arguments;
  /// What the host calls it, in diagnostics and towards the plugin; the executable's file name if empty.
  std::string name;

  /// The plugin's whole environment as "NAME=VALUE"; the host's if absent.
  std::optional<std::vector<std::string>> environment;
  /// Variables added to that, or put in the place of those of the same name.
  std::vector<std::string> extra_environment;
  /// Where it starts; the host's own directory if empty.
  std::filesystem::path working_directory;

  /// Standard input leads nowhere by default: a plugin must not eat what is meant for the host.
  stdio_target in = stdio_target::null();
  /// Standard output.
  stdio_target out = stdio_target::inherit();
  /// Standard error.
  stdio_target err = stdio_target::inherit();

  /// Descriptors of the host's that the plugin gets besides, at the numbers from 8 on, in this order. They stay the
  /// host's, and must be open when the plugin is launched; close-on-exec or not makes no difference. The plugin finds
  /// each by its name (`guest::descriptor`). At most 64, each name once; else the error is `invalid_argument`.
  std::vector<named_descriptor> descriptors;

  /// The group of processes that it belongs to, and is killed with.
  process_group group = process_group::own;

  /// Tells the plugin its descriptors as last arguments, "--belfry-channel=..." and, where it gets named ones,
  /// "--belfry-descriptors=...", instead of in the environment.
  bool ends_in_arguments = false;

  /// What it is kept from; nothing by default.
  confinement_options confinement;

  /// The sizes of the rings. "Outgoing" is from host to plugin.
  channel_options channel;
  /// Whether this user's processes may look on, as `belfry top` and `observer` do: they see who talks and how much, and
  /// could read the messages that are in the rings, as they could with a debugger. It takes two descriptors, and costs the
  /// channel nothing.
  bool observable = true;
  /// How long the plugin may take until it has shaken hands.
  std::chrono::milliseconds handshake_timeout{5000};
  /// How long it may take to end after a goodbye, before it is killed, where `plugin` is destroyed.
  std::chrono::milliseconds stop_grace{1000};
};

}  // namespace belfry

#endif
