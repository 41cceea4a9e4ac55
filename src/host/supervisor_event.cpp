// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "supervisor_impl.hpp"

#include <belfry/diagnostics.hpp>

#include <boost/asio/buffer.hpp>

#include <memory>
#include <new>
#include <string>

// What a supervisor tells about its plugin.

namespace belfry {

using type = supervisor_event::type;

const char* to_string(type t) noexcept {
  switch (t) {
    case type::started: return "started";
    case type::ready: return "ready";
    case type::unresponsive: return "unresponsive";
    case type::ended: return "ended";
    case type::restarting: return "restarting";
    case type::set_aside: return "set_aside";
    case type::undelivered: return "undelivered";
    case type::gave_up: return "gave_up";
    case type::stopped: return "stopped";
  }
  return "unknown";
}

namespace {

std::string milliseconds(std::chrono::milliseconds t) { return std::to_string(t.count()) + " ms"; }

std::string a_message(const supervisor_event& e) {
  std::string text = e.request ? "a request" : "a message";
  return text + " of " + std::to_string(e.bytes.size()) + " bytes, kind " + std::to_string(e.kind);
}

/// What is told, without the plugin's name.
std::string describe(const supervisor_event& e, const supervisor_options& options) {
  switch (e.what) {
    case type::started: return "was started";
    case type::ready: return "is ready";
    case type::unresponsive:
      return "has shown no sign of life for " + milliseconds(options.unresponsive_after) + ", and is killed";
    case type::ended:
      if (e.status) return to_string(*e.status);
      return "could not be started: " + e.ec.message();
    case type::restarting: return "will be started again after " + milliseconds(e.delay);
    case type::set_aside:
      return "is not given " + a_message(e) + ", again, over which " + std::to_string(e.deaths) + " died";
    case type::undelivered: return "was not delivered " + a_message(e);
    case type::gave_up: return "is not started again" + (e.message.empty() ? "" : ", since " + e.message);
    case type::stopped: return "has ended, and is not started again";
  }
  return {};
}

}  // namespace

supervisor_event supervisor::impl::event(type t) const {
  supervisor_event e;
  e.what = t;
  e.plugin = what.name;
  e.incarnation = last_number;
  if (here) e.pid = here->p.pid();
  return e;
}

/// For who listens.
std::shared_ptr<const autopsy> supervisor::impl::examine(const detail::incarnation& inc) const {
  if (!options.on_event || abandoned) return nullptr;
  try {
    return std::make_shared<const autopsy>(inc.p.autopsy());
  } catch (const std::bad_alloc&) {
    return nullptr;  // the plugin's successor matters more
  }
}

void supervisor::impl::tell(supervisor_event e) {
  e.message =
      "plugin " + e.plugin + (e.pid != 0 ? " (pid " + std::to_string(e.pid) + ") " : " ") + describe(e, options);
  const auto record = [&](event_kind kind, severity level) {
    diagnostic d;
    d.level = level;
    d.source = subsystem::supervisor;
    d.kind = kind;
    d.peer = e.plugin;
    d.pid = e.pid;
    d.message = e.message;
    report(d);
  };
  switch (e.what) {
    case type::unresponsive: record(event_kind::plugin_unresponsive, severity::error); break;
    case type::restarting: record(event_kind::plugin_restarting, severity::info); break;
    case type::gave_up: record(event_kind::plugin_given_up, severity::error); break;
    case type::set_aside: record(event_kind::message_set_aside, severity::error); break;
    case type::undelivered: record(event_kind::message_undelivered, severity::warning); break;
    default: break;  // the launcher and the channel tell of it
  }
  if (options.on_event && !abandoned) options.on_event(e);
}

void supervisor::impl::tell_of(supervisor_event e, detail::user_message& m, const error_code& ec) {
  e.ec = ec;
  e.kind = m.kind;
  e.request = m.what == detail::outgoing::form::request;
  e.deaths = m.deaths;
  e.bytes.resize(boost::asio::buffer_size(m.buffers));
  boost::asio::buffer_copy(boost::asio::buffer(e.bytes), m.buffers);
  tell(std::move(e));
}

}  // namespace belfry
