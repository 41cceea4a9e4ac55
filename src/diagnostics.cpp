// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/diagnostics.hpp>

#include <memory>
#include <mutex>

namespace belfry {
namespace {

struct sink_holder {
  std::mutex mutex;
  std::shared_ptr<const diagnostics_sink> sink;
  bool was_set = false;
};

sink_holder& holder() {
  // Never destroyed: a channel with static lifetime may report after main has returned.
  static auto* const instance = new sink_holder;
  return *instance;
}

}  // namespace

void set_diagnostics_sink(diagnostics_sink sink) {
  auto shared = std::make_shared<const diagnostics_sink>(std::move(sink));
  const std::lock_guard lock(holder().mutex);
  holder().sink.swap(shared);
  holder().was_set = true;
}

bool set_default_diagnostics_sink(diagnostics_sink sink) {
  auto shared = std::make_shared<const diagnostics_sink>(std::move(sink));
  const std::lock_guard lock(holder().mutex);
  if (holder().was_set) return false;
  holder().sink.swap(shared);
  holder().was_set = true;
  return true;
}

void report(const diagnostic& d) noexcept {
  std::shared_ptr<const diagnostics_sink> sink;
  {
    const std::lock_guard lock(holder().mutex);
    sink = holder().sink;
  }
  if (sink && *sink) (*sink)(d);
}

const char* to_string(subsystem s) noexcept {
  switch (s) {
    case subsystem::channel: return "channel";
    case subsystem::launcher: return "launcher";
    case subsystem::guest: return "guest";
    case subsystem::doorbell: return "doorbell";
    case subsystem::supervisor: return "supervisor";
    case subsystem::plugin: return "plugin";
  }
  return "unknown";
}

const char* to_string(event_kind k) noexcept {
  switch (k) {
    case event_kind::peer_died: return "peer_died";
    case event_kind::peer_closed: return "peer_closed";
    case event_kind::protocol_violation: return "protocol_violation";
    case event_kind::handshake_failed: return "handshake_failed";
    case event_kind::plugin_launched: return "plugin_launched";
    case event_kind::plugin_walked_in: return "plugin_walked_in";
    case event_kind::plugin_exited: return "plugin_exited";
    case event_kind::plugin_left_running: return "plugin_left_running";
    case event_kind::plugin_unresponsive: return "plugin_unresponsive";
    case event_kind::plugin_restarting: return "plugin_restarting";
    case event_kind::plugin_given_up: return "plugin_given_up";
    case event_kind::message_set_aside: return "message_set_aside";
    case event_kind::message_undelivered: return "message_undelivered";
    case event_kind::plugin_output: return "plugin_output";
    case event_kind::plugin_output_dropped: return "plugin_output_dropped";
    case event_kind::autopsy_failed: return "autopsy_failed";
  }
  return "unknown";
}

}  // namespace belfry
