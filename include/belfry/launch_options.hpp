// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_LAUNCH_OPTIONS_HPP
#define BELFRY_LAUNCH_OPTIONS_HPP

#include <belfry/autopsy.hpp>
#include <belfry/channel.hpp>
#include <belfry/confinement.hpp>
#include <belfry/host_death.hpp>
#include <belfry/named_descriptor.hpp>
#include <belfry/output_options.hpp>
#include <belfry/process_group.hpp>
#include <belfry/stdio_target.hpp>
#include <belfry/stop_options.hpp>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace belfry {

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
  /// Limits for those of the two that are logged.
  output_options output;

  /// Descriptors of the host's that the plugin gets besides, at the numbers from 8 on, in this order. They stay the
  /// host's, and must be open when the plugin is launched; close-on-exec or not makes no difference. The plugin finds
  /// each by its name (`guest::descriptor`). At most 64, each name once; else the error is `invalid_argument`.
  std::vector<named_descriptor> descriptors;

  /// The group of processes that it belongs to, and is killed with.
  process_group group = process_group::own;
  /// What becomes of it when the host dies. As long as nothing is said here: it may finish; but one with a filter of system
  /// calls is killed, since whatever lets a plugin live on, one that is taken over can use to outlive its host.
  std::optional<host_death> when_host_dies;
  /// With `host_death::finish`: how long it may live on then.
  std::chrono::milliseconds orphan_grace{500};

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
  /// What is recorded of a plugin that died, and where. See `plugin::autopsy`.
  autopsy_options autopsy{};
  /// How long the plugin may take until it has shaken hands.
  std::chrono::milliseconds handshake_timeout{5000};
  /// How it is stopped where nothing else is said, and where `plugin` is destroyed.
  stop_options stop;
};

}  // namespace belfry

#endif
