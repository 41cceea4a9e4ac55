// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "json_writer.hpp"
#include "text.hpp"

#include <belfry/log_format.hpp>

#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <boost/date_time/posix_time/time_formatters.hpp>
#include <boost/log/attributes/attribute_value_set.hpp>
#include <boost/log/attributes/current_process_id.hpp>
#include <boost/log/attributes/current_thread_id.hpp>
#include <boost/log/attributes/value_extraction.hpp>
#include <boost/log/attributes/value_visitation.hpp>
#include <boost/log/trivial.hpp>
#include <boost/log/utility/formatting_ostream.hpp>
#include <boost/log/utility/string_literal.hpp>
#include <boost/mpl/vector.hpp>

#include <array>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>

namespace belfry::log {
namespace {

namespace blog = boost::log;
using blog::trivial::severity_level;
using boost::posix_time::ptime;
using boost::posix_time::time_duration;

using process_id = blog::attributes::current_process_id::value_type;
using thread_id = blog::attributes::current_thread_id::value_type;

using known_types = boost::mpl::vector<bool, char, short, unsigned short, int, unsigned, long, unsigned long, long long,
                                       unsigned long long, float, double, std::string, blog::string_literal,
                                       severity_level, ptime, time_duration, process_id, thread_id>;

/// Writes a value as JSON.
class as_json {
 public:
  using result_type = void;
  explicit as_json(detail::json_writer& out) : out_(out) {}

  void operator()(char c) const { out_.value(std::string_view(&c, 1)); }
  template <class T>
    requires std::is_arithmetic_v<T>
  void operator()(const T& v) const {
    out_.value(v);
  }
  void operator()(float v) const { out_.value(static_cast<double>(v)); }
  void operator()(const std::string& s) const { out_.value(s); }
  void operator()(const blog::string_literal& s) const { out_.value(std::string_view(s.c_str(), s.size())); }
  void operator()(severity_level l) const {
    const char* const name = blog::trivial::to_string(l);
    if (name != nullptr) out_.value(name);
    else out_.value(static_cast<int>(l));
  }
  void operator()(const ptime& t) const { out_.value(boost::posix_time::to_iso_extended_string(t)); }
  void operator()(const time_duration& d) const { out_.value(boost::posix_time::to_simple_string(d)); }
  template <class T>
  void operator()(const T& id) const {
    std::ostringstream text;
    text << id;
    out_.value(text.str());
  }

 private:
  detail::json_writer& out_;
};

/// What a reader looks for first.
constexpr std::array first_names{"TimeStamp", "Severity", "Channel", "Event", "Message"};

std::string now_in_utc() {
  return boost::posix_time::to_iso_extended_string(boost::posix_time::microsec_clock::universal_time()) + "Z";
}

const char* colour_of(severity_level l) noexcept {
  if (l >= severity_level::error) return "\x1b[31m";
  if (l == severity_level::warning) return "\x1b[33m";
  return "\x1b[2m";
}

std::string time_of_day(const blog::record_view& record) {
  const auto stamp = blog::extract<ptime>("TimeStamp", record);
  const ptime t = stamp ? stamp.get() : boost::posix_time::microsec_clock::local_time();
  auto text = boost::posix_time::to_simple_string(t.time_of_day());  // 12:00:00, and .000000 if there are any
  if (text.size() == 8) text += ".000";
  return text.substr(0, 12);
}

}  // namespace

void terminal_formatter::operator()(const blog::record_view& record, blog::formatting_ostream& out) const {
  std::string line;
  if (style_.time) line += time_of_day(record) + ' ';
  line += style_.prefix;
  if (const auto severity = blog::extract<severity_level>("Severity", record)) {
    const char* const name = blog::trivial::to_string(severity.get());
    if (style_.colour) line += colour_of(severity.get());
    line += name != nullptr ? name : std::to_string(static_cast<int>(severity.get()));
    if (style_.colour) line += "\x1b[0m";
    line += ": ";
  }
  if (const auto channel = blog::extract<std::string>("Channel", record); style_.channel && channel) {
    detail::append_printable(line, channel.get());
    line += ": ";
  }
  if (const auto message = blog::extract<std::string>("Message", record)) {
    detail::append_printable(line, message.get());
  }
  out << line;
}

void json_lines_formatter::operator()(const blog::record_view& record, blog::formatting_ostream& out) const {
  std::map<std::string, blog::attribute_value> rest;
  for (const auto& [name, value] : record.attribute_values()) rest.emplace(name.string(), value);
  detail::json_writer object;
  const auto add = [&](const std::string& name, const blog::attribute_value& value) {
    object.key(name);
    if (!blog::visit<known_types>(value, as_json(object))) object.null();
  };
  object.begin_object();
  for (const std::string name : first_names) {
    if (const auto found = rest.extract(name)) add(name, found.mapped());
    else if (name == "TimeStamp") object.member(name, now_in_utc());
  }
  for (const auto& [name, value] : rest) add(name, value);
  object.end_object();
  out << std::move(object).finish();
}

}  // namespace belfry::log
