// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_LOG_FORMAT_HPP
#define BELFRY_LOG_FORMAT_HPP

#include <boost/log/core/record_view.hpp>
#include <boost/log/utility/formatting_ostream_fwd.hpp>

#include <string>
#include <utility>

namespace belfry::log {

/// How `terminal_formatter` writes.
struct terminal_style {
  /// Comes first in each line.
  std::string prefix;
  /// Colours the severity. Say so only where a terminal reads it.
  bool colour = false;
  /// Writes the time of the day, as the clock of the record's "TimeStamp" has it, or else this machine's.
  bool time = false;
  /// Writes the record's "Channel".
  bool channel = false;
};

/// Formats a record of Boost.Log for people, in one line: "error: plugin x (pid 7) killed by SIGSEGV ...".
///
/// It is a formatter for any sink: `sink->set_formatter(belfry::log::terminal_formatter())`, or
/// `boost::log::keywords::format`. Nothing in a record can control the terminal or make a second line of it: control
/// characters are written as escape sequences, and what is no UTF-8 as U+FFFD.
///
/// Thread safety: one object may be used by many threads.
class terminal_formatter {
 public:
  terminal_formatter() = default;
  /// With that style.
  explicit terminal_formatter(terminal_style style) : style_(std::move(style)) {}

  /// Writes the record without a newline behind it, which the sink's backend adds.
  void operator()(const boost::log::record_view& record, boost::log::formatting_ostream& out) const;

 private:
  terminal_style style_;
};

/// Formats a record of Boost.Log for programs: an object of JSON, in one line.
///
/// All attributes of the record are in it under their own names, not only those of belfry, in the order "TimeStamp",
/// "Severity", "Channel", "Event", "Message", and then by name. Numbers and truth values are such in JSON, too; severities
/// and all else are strings. A record without a "TimeStamp" (`boost::log::add_common_attributes` adds one) gets the time
/// of the formatting, in UTC. A value of a type that is not known here is null: it is there, and cannot be shown. What is
/// no UTF-8 becomes U+FFFD, so that each line can be parsed whatever a plugin said.
///
/// Thread safety: all.
struct json_lines_formatter {
  /// Writes the record without a newline behind it, which the sink's backend adds.
  void operator()(const boost::log::record_view& record, boost::log::formatting_ostream& out) const;
};

}  // namespace belfry::log

#endif
