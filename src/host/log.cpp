// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/log.hpp>

#include <boost/log/attributes/constant.hpp>
#include <boost/log/sources/record_ostream.hpp>
#include <boost/log/sources/severity_channel_logger.hpp>
#include <boost/log/trivial.hpp>

#include <chrono>
#include <string>

namespace belfry::log {
namespace {

namespace attrs = boost::log::attributes;
using level = boost::log::trivial::severity_level;

static_assert(static_cast<int>(severity::trace) == static_cast<int>(level::trace) &&
              static_cast<int>(severity::fatal) == static_cast<int>(level::fatal));

using logger = boost::log::sources::severity_channel_logger<level, std::string>;

/// Adds what is known to the logger: filters look at a record when it is opened, and see what its logger has by then.
void add_attributes(logger& l, const diagnostic& d) {
  const auto add = [&](const char* name, const auto& value) { l.add_attribute(name, attrs::make_constant(value)); };
  add("Event", std::string(to_string(d.kind)));
  if (!d.peer.empty()) add("Peer", d.peer);
  if (d.pid != 0) add("PeerPid", d.pid);
  if (d.status && d.status->signal == 0) add("ExitCode", d.status->code);
  if (d.status && d.status->signal != 0) {
    add("Signal", d.status->signal);
    add("SignalName", signal_name(d.status->signal));
    add("CoreDumped", d.status->core_dumped);
  }
  if (d.usage) {
    add("UserTime", std::chrono::duration<double>(d.usage->user_time).count());
    add("SystemTime", std::chrono::duration<double>(d.usage->system_time).count());
    add("PeakMemory", d.usage->peak_memory_bytes);
  }
  if (!d.stream.empty()) {
    add("Stream", std::string(d.stream));
    add("Line", d.line);
  }
  if (d.dropped_lines != 0) add("DroppedLines", d.dropped_lines);
  if (d.uptime.count() != 0) {
    add("Uptime", std::chrono::duration<double>(d.uptime).count());
    add("MessagesSent", d.messages_sent);
    add("MessagesReceived", d.messages_received);
    add("BytesSent", d.bytes_sent);
    add("BytesReceived", d.bytes_received);
    add("UnreadBytes", d.unread_bytes);
  }
  if (!d.autopsy.empty()) add("Autopsy", d.autopsy);
}

}  // namespace

void write(const diagnostic& d) noexcept {
  try {
    namespace keywords = boost::log::keywords;
    // One for each record, so that other threads' records do not get its attributes.
    logger l(keywords::channel = std::string("belfry.") + to_string(d.source));
    add_attributes(l, d);
    auto record = l.open_record(keywords::severity = static_cast<level>(d.level));
    if (!record) return;  // nobody listens
    boost::log::record_ostream stream(record);
    stream << d.message;
    stream.flush();
    l.push_record(boost::move(record));
  } catch (...) {
    // A log that fails must not take down what it reports about.
  }
}

void install(severity least) {
  set_diagnostics_sink([least](const diagnostic& d) {
    if (d.level >= least) write(d);
  });
}

}  // namespace belfry::log
