// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "json_writer.hpp"

#include <belfry/autopsy.hpp>

namespace belfry {
namespace {

using detail::json_writer;

std::string in_hexadecimal(const std::string& bytes) {
  constexpr const char* digits = "0123456789abcdef";
  std::string result;
  for (const char c : bytes) {
    result += digits[static_cast<unsigned char>(c) >> 4];
    result += digits[static_cast<unsigned char>(c) & 15];
  }
  return result;
}

/// Microseconds since 1970: whole numbers keep them exact.
std::int64_t microseconds(std::chrono::system_clock::time_point t) {
  return std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count();
}

const char* name_of(recorded_message::type t) {
  switch (t) {
    case recorded_message::type::request: return "request";
    case recorded_message::type::reply: return "reply";
    case recorded_message::type::plain: break;
  }
  return "plain";
}

void write(json_writer& out, const std::vector<std::string>& texts) {
  out.begin_array();
  for (const auto& t : texts) out.value(t);
  out.end_array();
}

void write(json_writer& out, const recorded_message& m) {
  out.begin_object().member("position", m.position).key("time");
  if (m.time) out.value(microseconds(*m.time));
  else out.null();
  out.member("type", name_of(m.what))
      .member("number", m.number)
      .member("kind", m.kind)
      .member("size", m.size)
      .member("large", m.large)
      .member("released", m.released)
      .member("first_bytes", in_hexadecimal(m.first_bytes))
      .end_object();
}

void write(json_writer& out, const autopsy_direction& d) {
  out.begin_object()
      .member("capacity", d.capacity)
      .member("written", d.written)
      .member("released", d.released)
      .member("writer_waits", d.writer_waits)
      .member("reader_waits", d.reader_waits)
      .member("messages", d.messages)
      .member("bytes", d.bytes)
      .member("rings", d.rings)
      .member("sleeps", d.sleeps)
      .key("last")
      .begin_array();
  for (const auto& m : d.last) write(out, m);
  out.end_array().end_object();
}

}  // namespace

std::string to_json(const autopsy& a) {
  json_writer out;
  out.begin_object()
      .member("belfry_autopsy", autopsy_version)
      .member("belfry", a.belfry)
      .member("time", microseconds(a.time))
      .member("host", a.host)
      .member("host_pid", a.host_pid)
      .member("name", a.name)
      .member("pid", a.pid)
      .member("reason", a.reason)
      .key("status");
  if (a.status) {
    out.begin_object()
        .member("code", a.status->code)
        .member("signal", a.status->signal)
        .member("core_dumped", a.status->core_dumped)
        .end_object();
  } else {
    out.null();
  }
  out.member("uptime", static_cast<std::int64_t>(a.uptime.count())).member("executable", a.executable);
  write(out.key("arguments"), a.arguments);
  write(out.key("environment"), a.environment);
  out.key("options").begin_object();
  for (const auto& [name, value] : a.options) out.member(name, value);
  out.end_object().key("usage");
  if (a.usage) {
    out.begin_object()
        .member("user_time", static_cast<std::int64_t>(a.usage->user_time.count()))
        .member("system_time", static_cast<std::int64_t>(a.usage->system_time.count()))
        .member("peak_memory_bytes", a.usage->peak_memory_bytes)
        .member("peak_memory_exact", a.usage->peak_memory_exact)
        .end_object();
  } else {
    out.null();
  }
  write(out.key("last_errors"), a.last_errors);
  write(out.key("to_plugin"), a.to_plugin);
  write(out.key("from_plugin"), a.from_plugin);
  out.end_object();
  return std::move(out).finish();
}

}  // namespace belfry
