// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DIAGNOSTICS_HPP
#define BELFRY_DIAGNOSTICS_HPP

#include <belfry/exit_status.hpp>
#include <belfry/resource_usage.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace belfry {

/// How much a diagnostic matters. The values are those of `boost::log::trivial::severity_level`.
enum class severity { trace, debug, info, warning, error, fatal };

/// Which part of the library speaks; becomes the "Channel" attribute of a log record.
enum class subsystem { channel, launcher, guest, doorbell, supervisor, plugin };

/// "channel", "launcher", "guest", "doorbell", "supervisor", or "plugin", which is what a plugin itself says.
const char* to_string(subsystem) noexcept;

/// What happened.
enum class event_kind {
  peer_died,              ///< The other side ended without a goodbye.
  peer_closed,            ///< The other side said goodbye.
  protocol_violation,     ///< The other side broke the protocol; the channel was closed.
  handshake_failed,       ///< The two sides did not come to terms; `message` says what each has.
  plugin_launched,        ///< A plugin runs and has greeted.
  plugin_walked_in,       ///< A plugin that somebody else has started has greeted.
  plugin_exited,          ///< A plugin ended after a goodbye.
  plugin_left_running,    ///< A plugin should have ended, and cannot be killed.
  autopsy_failed,         ///< The autopsy of a plugin could not be written.
  plugin_unresponsive,    ///< A supervised plugin shows no sign of life, and is killed.
  plugin_restarting,      ///< A supervised plugin is gone, and will be started again.
  plugin_given_up,        ///< A supervised plugin is gone, and will not be started again.
  message_set_aside,      ///< A message killed too many plugins, and is given to no other.
  message_undelivered,    ///< A message was given to no plugin that lived to handle it.
  plugin_output,          ///< A plugin wrote a line to a standard stream that is logged.
  plugin_output_dropped,  ///< It wrote more lines than are let through.
};

/// "peer_died", "peer_closed", ...
const char* to_string(event_kind) noexcept;

/// One thing worth knowing about a peer. What is not known is absent.
struct diagnostic {
  /// How much it matters.
  severity level = severity::info;
  /// Which part speaks.
  subsystem source = subsystem::channel;
  /// What happened.
  event_kind kind = event_kind::peer_died;
  std::string message;                  ///< The whole in one line for people.
  std::string peer;                     ///< The peer's name; empty if it never told.
  int pid = 0;                          ///< The peer's process id; 0 if unknown.
  std::optional<exit_status> status;    ///< How the peer's process ended.
  std::optional<resource_usage> usage;  ///< What the peer's process had used when it ended.
  std::chrono::nanoseconds uptime{0};   ///< Since the channel was made.
  std::uint64_t messages_sent = 0;      ///< Committed by this side.
  std::uint64_t messages_received = 0;  ///< Released by this side.
  std::uint64_t bytes_sent = 0;         ///< Payload bytes in messages_sent.
  std::uint64_t bytes_received = 0;     ///< Payload bytes in messages_received.
  std::string line;                     ///< What a plugin wrote, as it is; in `message` it is made printable.
  std::string_view stream;              ///< Where to: "stdout" or "stderr"; empty for all but `plugin_output`.
  std::uint64_t dropped_lines = 0;      ///< So many were not let through.
  std::uint64_t unread_bytes = 0;       ///< Bytes of ring, headers included, that the peer had not read.
  std::string autopsy;                  ///< The file in which more is told; empty if there is none.
};

/// Receives each diagnostic. It is called on the thread that noticed, possibly on several threads at once, and
/// must not throw.
using diagnostics_sink = std::function<void(const diagnostic&)>;

/// Replaces the process's sink; an empty one means silence.
///
/// There is none to begin with. The library `belfry_host` installs one that writes to Boost.Log (see
/// <belfry/log.hpp>) when the first launcher is made, unless this function was called before.
///
/// Thread safety: any thread, any time. A sink that was replaced may still be running in another thread.
void set_diagnostics_sink(diagnostics_sink sink);

/// As set_diagnostics_sink, unless a sink was ever set, even an empty one. Returns whether it was installed.
bool set_default_diagnostics_sink(diagnostics_sink sink);

/// Hands `d` to the sink. For the library's own parts and for those built upon it.
void report(const diagnostic& d) noexcept;

}  // namespace belfry

#endif
