// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE formats of the log
#include <belfry/diagnostics.hpp>
#include <belfry/log.hpp>
#include <belfry/log_format.hpp>

#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <boost/log/attributes/constant.hpp>
#include <boost/log/core.hpp>
#include <boost/log/sinks/sync_frontend.hpp>
#include <boost/log/sinks/text_ostream_backend.hpp>
#include <boost/log/sources/record_ostream.hpp>
#include <boost/log/sources/severity_logger.hpp>
#include <boost/log/trivial.hpp>
#include <boost/smart_ptr/make_shared.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <sstream>
#include <string>

using namespace belfry;
namespace blog = boost::log;
using blog::attributes::make_constant;

namespace {

/// A sink with one of the formatters, as a user would have it.
class formatted {
 public:
  template <class Formatter>
  explicit formatted(const Formatter& f) {
    sink_->locked_backend()->add_stream(text_);
    sink_->set_formatter(f);
    blog::core::get()->add_sink(sink_);
  }
  ~formatted() { blog::core::get()->remove_sink(sink_); }

  std::string text() {
    sink_->flush();
    return text_->str();
  }

 private:
  using sink_type = blog::sinks::synchronous_sink<blog::sinks::text_ostream_backend>;
  boost::shared_ptr<std::ostringstream> text_ = boost::make_shared<std::ostringstream>();
  boost::shared_ptr<sink_type> sink_ = boost::make_shared<sink_type>();
};

diagnostic crash(const std::string& name) {
  diagnostic d;
  d.level = severity::error;
  d.kind = event_kind::peer_died;
  d.peer = name;
  d.pid = 4711;
  d.status = exit_status{0, 11, true};
  d.uptime = std::chrono::milliseconds(1500);
  d.messages_sent = 3;
  d.unread_bytes = 152;
  d.message = "plugin " + name + " died";
  return d;
}

/// Writes a record with an attribute of the program's own.
template <class T>
void write_with(const char* name, const T& value, const std::string& message = "m") {
  blog::sources::severity_logger<blog::trivial::severity_level> logger;
  logger.add_attribute(name, make_constant(value));
  logger.add_attribute("TimeStamp", make_constant(boost::posix_time::ptime({2026, 3, 1}, {12, 30, 5})));
  BOOST_LOG_SEV(logger, blog::trivial::info) << message;
}

/// How a value looks in a line of JSON.
template <class T>
std::string as_json(const T& value) {
  formatted log{log::json_lines_formatter()};
  write_with("Zed", value);
  const auto line = log.text();
  const std::string before = R"({"TimeStamp":"2026-03-01T12:30:05","Severity":"info","Message":"m","Zed":)";
  BOOST_TEST_REQUIRE(line.starts_with(before), line);
  BOOST_TEST_REQUIRE(line.ends_with("}\n"), line);
  return line.substr(before.size(), line.size() - before.size() - 2);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(as_lines_of_json)

BOOST_AUTO_TEST_CASE(a_diagnostic_keeps_the_types_of_its_attributes) {
  formatted log{log::json_lines_formatter()};
  log::write(crash("p"));
  const auto line = log.text();
  const std::string stamp = R"({"TimeStamp":")";
  BOOST_TEST_REQUIRE(line.starts_with(stamp), line);
  const auto rest = line.substr(line.find('"', stamp.size()));
  BOOST_TEST(rest ==
             R"(","Severity":"error","Channel":"belfry.channel","Event":"peer_died","Message":"plugin p died",)"
             R"("BytesReceived":0,"BytesSent":0,"CoreDumped":true,"MessagesReceived":0,"MessagesSent":3,"Peer":"p",)"
             R"("PeerPid":4711,"Signal":11,"SignalName":"SIGSEGV","UnreadBytes":152,"Uptime":1.5})"
             "\n");
}

BOOST_AUTO_TEST_CASE(a_value_of_any_known_type_has_its_form) {
  BOOST_TEST(as_json(true) == "true");
  BOOST_TEST(as_json(-5) == "-5");
  BOOST_TEST(as_json(std::numeric_limits<unsigned long long>::max()) == "18446744073709551615");
  BOOST_TEST(as_json(0.25) == "0.25");
  BOOST_TEST(as_json('c') == "\"c\"");
  BOOST_TEST(as_json(std::string("text")) == "\"text\"");
  BOOST_TEST(as_json(blog::trivial::warning) == "\"warning\"");
  BOOST_TEST(as_json(boost::posix_time::time_duration(1, 2, 3)) == "\"01:02:03\"");
}

BOOST_AUTO_TEST_CASE(what_json_has_no_number_for_and_an_unknown_type_are_null) {
  struct unknown {};
  BOOST_TEST(as_json(std::numeric_limits<double>::infinity()) == "null");
  BOOST_TEST(as_json(std::numeric_limits<double>::quiet_NaN()) == "null");
  BOOST_TEST(as_json(unknown()) == "null");
}

BOOST_AUTO_TEST_CASE(every_control_character_is_escaped) {
  std::string all;
  for (char c = 0; c != 0x20; ++c) all += c;
  BOOST_TEST(as_json(all + "\"\\/\x7f") ==
             R"("\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013)"
             R"(\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\"\\/\u007f")");
}

BOOST_AUTO_TEST_CASE(what_is_utf8_stays_and_each_byte_that_is_not_becomes_a_replacement) {
  const std::string good = "a\xc3\xa4\xe2\x82\xac\xed\x9f\xbf\xee\x80\x80\xf0\x9f\x94\x94\xf4\x8f\xbf\xbf";
  BOOST_TEST(as_json(good) == '"' + good + '"');
  const std::string r = "\xef\xbf\xbd";
  const auto replaced = [&](const std::string& bytes, int times) {
    std::string expected = "\"<";
    for (int i = 0; i != times; ++i) expected += r;
    BOOST_TEST(as_json('<' + bytes + '>') == expected + ">\"");
  };
  replaced("\x80", 1);              // continues nothing
  replaced("\xc3", 1);              // cut off
  replaced("\xe2\x82", 2);          // likewise
  replaced("\xc0\xaf", 2);          // overlong
  replaced("\xe0\x9f\xbf", 3);      // likewise
  replaced("\xf0\x8f\xbf\xbf", 4);  // likewise
  replaced("\xed\xa0\x80", 3);      // a surrogate
  replaced("\xf4\x90\x80\x80", 4);  // beyond the last character
  replaced("\xff", 1);
  BOOST_TEST(as_json(std::string("\xe2\x82")) == '"' + r + r + '"');  // the text ends within a character
}

BOOST_AUTO_TEST_CASE(the_names_of_attributes_are_escaped_too) {
  formatted log{log::json_lines_formatter()};
  write_with("Odd \"name\"", 1);
  BOOST_TEST(log.text().ends_with(",\"Odd \\\"name\\\"\":1}\n"), log.text());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(for_a_terminal)

BOOST_AUTO_TEST_CASE(a_record_is_its_severity_and_its_message) {
  formatted log{log::terminal_formatter()};
  log::write(crash("p"));
  BOOST_TEST(log.text() == "error: plugin p died\n");
}

BOOST_AUTO_TEST_CASE(it_can_have_a_prefix_the_time_the_channel_and_colours) {
  {
    formatted log{log::terminal_formatter({"host: ", true, false, true})};
    log::write(crash("p"));
    BOOST_TEST(log.text() == "host: \x1b[31merror\x1b[0m: belfry.channel: plugin p died\n");
  }
  formatted log{log::terminal_formatter({"", false, true, false})};
  write_with("Any", 1, "words");
  BOOST_TEST(log.text() == "12:30:05.000 info: words\n");
}

BOOST_AUTO_TEST_CASE(nothing_that_a_plugin_says_can_control_it) {
  formatted log{log::terminal_formatter()};
  log::write(crash("\x1b[2J\r\n\x07\x7f\xc2\x9b\x31m\xff\xc3\xa4"));
  BOOST_TEST(log.text() == "error: plugin \\x1b[2J\\r\\n\\x07\\x7f\\u009b1m\xef\xbf\xbd\xc3\xa4 died\n");
}

BOOST_AUTO_TEST_SUITE_END()
