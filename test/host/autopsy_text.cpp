// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE the text of an autopsy
#include <belfry/autopsy.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

using namespace belfry;

namespace {

autopsy_direction some_direction(std::uint64_t n) {
  autopsy_direction d{65536, 1000 + n, 900 + n, true, false, 12, 345, 6, 7, {}};
  recorded_message plain;
  plain.position = 800 + n;
  plain.kind = 65535;
  plain.size = 70'000'000'000;
  plain.released = true;
  plain.time = std::chrono::system_clock::time_point(std::chrono::microseconds(1'772'366'400'123'456));
  plain.first_bytes = std::string("\0\x7f\xff\x80 text", 9);
  recorded_message request;
  request.position = 900 + n;
  request.what = recorded_message::type::request;
  request.number = ~std::uint64_t{0};
  request.large = true;
  d.last = {plain, request};
  return d;
}

autopsy complete() {
  autopsy a;
  a.time = std::chrono::system_clock::time_point(std::chrono::microseconds(1'772'366'400'000'001));
  a.belfry = "0.1";
  a.host = "host";
  a.host_pid = 4710;
  a.name = "crasher";
  a.pid = 4711;
  a.reason = "died";
  a.status = exit_status{0, 11, true};
  a.usage = resource_usage{std::chrono::microseconds(1500), std::chrono::microseconds(2), 1 << 20, true};
  a.uptime = std::chrono::nanoseconds(1'500'000'001);
  a.executable = "/bin/crasher";
  a.arguments = {"-x", "", "\xc3\xa4"};
  a.environment = {"HOME", "PATH"};
  a.options = {{"stop grace", "5 ms"}};
  a.last_errors = {"assertion failed", "\x1b[2J"};
  a.to_plugin = some_direction(0);
  a.from_plugin = some_direction(8);
  return a;
}

error_code parse_error(const std::string& text) {
  error_code ec;
  parse_autopsy(text, ec);
  return ec;
}

std::string parse_story(const std::string& text) {
  try {
    parse_autopsy(text);
  } catch (const system_error& e) {
    return e.what();
  }
  return {};
}

std::string replaced(const std::string& what, const std::string& by) {
  auto text = to_json(complete());
  const auto at = text.find(what);
  BOOST_TEST_REQUIRE(at != std::string::npos, what);
  return text.replace(at, what.size(), by);
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(belfry::error)

BOOST_AUTO_TEST_CASE(is_read_back_as_it_was_written) {
  const auto a = complete();
  const auto text = to_json(a);
  BOOST_TEST(text.find('\n') == std::string::npos);
  const auto b = parse_autopsy(text);
  BOOST_TEST(to_json(b) == text);
  BOOST_TEST((b.time == a.time));
  BOOST_TEST((b.status == a.status));
  BOOST_TEST((b.usage == a.usage));
  BOOST_TEST((b.uptime == a.uptime));
  BOOST_TEST(b.arguments == a.arguments, boost::test_tools::per_element());
  BOOST_TEST(b.last_errors == a.last_errors, boost::test_tools::per_element());
  BOOST_TEST_REQUIRE(b.to_plugin.last.size() == 2U);
  BOOST_TEST(b.to_plugin.last[0].first_bytes == a.to_plugin.last[0].first_bytes);
  BOOST_TEST((b.to_plugin.last[0].time == a.to_plugin.last[0].time));
  BOOST_TEST(b.from_plugin.last[1].number == ~std::uint64_t{0});
  BOOST_TEST(b.from_plugin.released == 908U);
  BOOST_TEST(to_json(parse_autopsy(to_json(autopsy()))) == to_json(autopsy()));
}

BOOST_AUTO_TEST_CASE(for_people_tells_all_of_it_and_cannot_control_a_terminal) {
  const auto text = describe(complete());
  for (const auto* part :
       {"plugin crasher (pid 4711) of host (pid 4710), 2026-03-01 12:00:00.000001 UTC", "channel: died",
        "process: killed by SIGSEGV", "1.500000001 s", "memory at its peak: 1048576 bytes", "/bin/crasher", "HOME PATH",
        "stop grace: 5 ms", "assertion failed", "\\x1b[2J", "written to 1000, read to 900, 100 bytes unread",
        "the sender waited for room", "at 800: kind 65535, 70000000000 bytes, 2026-03-01 12:00:00.123456 UTC, read",
        "00 7f ff 80 20 74 65 78 74", ".... text", "at 900: kind 0, 0 bytes, request 18446744073709551615",
        "NOT READ: here its receiver stood"}) {
    BOOST_TEST(text.find(part) != std::string::npos, "it lacks '" << part << "':\n" << text);
  }
  BOOST_TEST(text.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(of_a_newer_form_is_an_error_of_its_own_that_tells_both_versions) {
  const auto newer = replaced("\"belfry_autopsy\":1", "\"belfry_autopsy\":2");
  BOOST_TEST(parse_error(newer) == error::newer_autopsy);
  BOOST_TEST(parse_story(newer).find("version 2, and this belfry reads up to 1") != std::string::npos);
  BOOST_TEST(parse_error("{\"belfry_autopsy\":99}") == error::newer_autopsy);  // whatever else has changed
}

BOOST_AUTO_TEST_CASE(that_is_damaged_is_an_error_that_tells_where) {
  const struct {
    std::string text;
    std::string story;
  } cases[] = {
      {"", "is no JSON"},
      {"hello", "is no JSON"},
      {"[]", "is no object"},
      {"{}", "\"belfry_autopsy\" is missing"},
      {std::string(100'000, '['), "is no JSON"},
      {replaced("\"belfry_autopsy\":1", "\"belfry_autopsy\":0"), "is no version"},
      {replaced("\"belfry_autopsy\":1", "\"belfry_autopsy\":\"1\""), "is no number"},
      {replaced("\"pid\":4711", "\"pid\":99999999999"), "\"pid\" is no number that it could be"},
      {replaced("\"name\":\"crasher\"", "\"name\":7"), "\"name\" is no text"},
      {replaced("\"kind\":65535", "\"kind\":65536"), "\"to_plugin.last[0].kind\""},
      {replaced("\"kind\":65535", "\"kind\":-1"), "\"to_plugin.last[0].kind\""},
      {replaced("\"first_bytes\":\"00", "\"first_bytes\":\"0"), "hexadecimal"},
      {replaced("\"first_bytes\":\"00", "\"first_bytes\":\"0g"), "hexadecimal"},
      {replaced("\"time\":1772366400123456", "\"time\":9223372036854775807"), "is no time"},
      {replaced("\"released\":true", "\"released\":1"), "neither true nor false"},
      {replaced("\"type\":\"request\"", "\"type\":\"joke\""), "neither plain, request nor reply"},
      {replaced("\"from_plugin\":", "\"elsewhere\":"), "\"from_plugin\" is missing"},
      {replaced("\"arguments\":[", "\"arguments\":[3,"), "\"arguments[0]\" is no text"},
      {replaced("\"stop grace\":\"5 ms\"", "\"\\u001b[2J\":5"), "\"options.\\x1b[2J\" is no text"},
      {replaced("\"stop grace\":\"5 ms\"", '"' + std::string(1000, 'k') + "\":5"), "kkkk\" is no text"},
      {std::string((8 << 20) + 1, ' '), "is too long"},
  };
  for (const auto& c : cases) {
    BOOST_TEST(parse_error(c.text) == error::not_an_autopsy, c.story);
    BOOST_TEST(parse_story(c.text).find(c.story) != std::string::npos, c.story << ", but: " << parse_story(c.text));
    BOOST_TEST(parse_story(c.text).size() < 300U);
  }
}

BOOST_AUTO_TEST_CASE(cut_off_anywhere_is_an_error) {
  const auto text = to_json(complete());
  for (std::size_t size = 0; size != text.size(); ++size) {
    BOOST_TEST_REQUIRE(parse_error(text.substr(0, size)) == error::not_an_autopsy, "cut to " << size);
  }
}

BOOST_AUTO_TEST_CASE(with_any_corruption_is_read_or_is_an_error_and_what_is_read_can_be_shown) {
  const auto text = to_json(complete());
  std::uint64_t seed = 2026;
  const auto random = [&] { return (seed = seed * 6364136223846793005U + 1442695040888963407U) >> 33; };
  int refused = 0;
  for (int lap = 0; lap != 20'000; ++lap) {
    auto bad = text;
    for (std::uint64_t n = 1 + random() % 4; n != 0; --n) {
      const auto at = random() % bad.size();
      switch (random() % 4) {
        case 0: bad[at] = static_cast<char>(random()); break;
        case 1: bad[at] = "0123456789-.eE\"{}[]:,\\"[random() % 22]; break;
        case 2: bad.erase(at, 1 + random() % 20); break;
        case 3: bad.insert(at, bad.substr(random() % bad.size(), random() % 40)); break;
      }
    }
    error_code ec;
    const auto a = parse_autopsy(bad, ec);
    if (ec) {
      ++refused;
      BOOST_TEST_REQUIRE((ec == error::not_an_autopsy || ec == error::newer_autopsy));
    } else {
      describe(a);
      parse_autopsy(to_json(a));
    }
  }
  BOOST_TEST(refused > 5000);
  BOOST_TEST(refused < 20'000);
}

BOOST_AUTO_TEST_CASE(is_read_from_a_file_and_what_keeps_it_from_that_is_told) {
  const auto path = std::filesystem::temp_directory_path() / ("belfry-autopsy-test-" + std::to_string(::getpid()));
  std::ofstream(path) << to_json(complete());
  BOOST_TEST(read_autopsy(path).name == "crasher");
  std::ofstream(path) << "{";
  error_code ec;
  read_autopsy(path, ec);
  BOOST_TEST(ec == error::not_an_autopsy);
  std::filesystem::remove(path);
  read_autopsy(path, ec);
  BOOST_TEST((ec == boost::system::errc::no_such_file_or_directory));
  read_autopsy("/", ec);
  BOOST_TEST((ec == boost::system::errc::is_a_directory));
  try {
    read_autopsy(path);
    BOOST_TEST(false);
  } catch (const system_error& e) {
    BOOST_TEST(std::string(e.what()).starts_with(path.native()));
  }
}
