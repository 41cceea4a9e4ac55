// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "json_writer.hpp"

#include <belfry/observer.hpp>

namespace belfry {
namespace {

void write(detail::json_writer& out, const observed_end& e) {
  out.begin_object()
      .member("messages", e.messages)
      .member("bytes", e.bytes)
      .member("rings", e.rings)
      .member("sleeps", e.sleeps)
      .member("waits", e.waits)
      .end_object();
}

void write(detail::json_writer& out, const observed_direction& d) {
  out.begin_object();
  write(out.key("writer"), d.writer);
  write(out.key("reader"), d.reader);
  out.member("capacity", d.capacity)
      .member("unread_bytes", d.unread_bytes)
      .member("unread_messages", d.unread_messages)
      .member("messages_per_second", d.messages_per_second)
      .member("bytes_per_second", d.bytes_per_second)
      .member("rings_per_second", d.rings_per_second)
      .member("sleeps_per_second", d.sleeps_per_second)
      .member("delay", d.delay)
      .end_object();
}

}  // namespace

std::string to_json(const observed_channel& c) {
  detail::json_writer out;
  out.begin_object()
      .member("id", c.id)
      .member("host_pid", c.host_pid)
      .member("host", c.host)
      .member("pid", c.pid)
      .member("name", c.name)
      .member("condition", to_string(c.condition))
      .member("process_state", std::string_view(&c.process_state, 1))
      .member("restarts", c.restarts)
      .member("uptime", c.uptime)
      .member("interval", c.interval);
  write(out.key("to_plugin"), c.to_plugin);
  write(out.key("from_plugin"), c.from_plugin);
  out.end_object();
  return std::move(out).finish();
}

}  // namespace belfry
