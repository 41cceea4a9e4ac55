// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "text.hpp"

#include <belfry/autopsy.hpp>

// Boost.JSON is compiled into this file, since belfry_host asks for no library of it.
// Boost.JSON is compiled here, once, and used nowhere else.
#include <boost/json/src.hpp>
#include <boost/throw_exception.hpp>

#include <cerrno>
#include <fstream>
#include <limits>
#include <utility>

namespace belfry {
namespace {

namespace json = boost::json;

/// More than `to_json` can make.
constexpr std::size_t largest_text_bytes = std::size_t{8} << 20;
constexpr std::size_t deepest = 8;

struct malformed {
  error_code code;
  std::string why;
};

[[noreturn]] void fail(const std::string& where, const std::string& why) {
  // Part of it may come from the text.
  constexpr std::size_t longest = 100;
  const auto place = detail::printable(std::string_view(where).substr(0, longest));
  throw malformed{error::not_an_autopsy, (where.empty() ? "it" : '"' + place + '"') + ' ' + why};
}

/// A value of the text, with where it stands, for who reads of an error.
class node {
 public:
  node(const json::value& v, std::string where) : value_(v), where_(std::move(where)) {}

  node operator[](const char* name) const {
    const auto* const object = value_.if_object();
    if (object == nullptr) fail(where_, "is no object");
    const auto* const found = object->if_contains(name);
    const std::string where = where_.empty() ? name : where_ + "." + name;
    if (found == nullptr) fail(where, "is missing");
    return {*found, where};
  }
  bool is_null() const { return value_.is_null(); }

  template <class T>
  T number() const {
    json::error_code ec;
    const auto n = value_.to_number<T>(ec);
    if (ec) fail(where_, "is no number that it could be");
    return n;
  }
  bool truth() const {
    const bool* const b = value_.if_bool();
    if (b == nullptr) fail(where_, "is neither true nor false");
    return *b;
  }
  std::string text() const {
    const auto* const s = value_.if_string();
    if (s == nullptr) fail(where_, "is no text");
    return std::string(s->data(), s->size());
  }
  template <class F>
  void each_element(F f) const {
    const auto* const array = value_.if_array();
    if (array == nullptr) fail(where_, "is no array");
    std::size_t i = 0;
    for (const auto& v : *array) f(node(v, where_ + "[" + std::to_string(i++) + "]"));
  }
  template <class F>
  void each_member(F f) const {
    const auto* const object = value_.if_object();
    if (object == nullptr) fail(where_, "is no object");
    for (const auto& m : *object) f(std::string(m.key()), node(m.value(), where_ + "." + std::string(m.key())));
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> result;
    each_element([&](const node& n) { result.push_back(n.text()); });
    return result;
  }
  std::string bytes() const {
    const auto digits = text();
    std::string result;
    for (std::size_t i = 0; i + 1 < digits.size() || i < digits.size(); i += 2) {
      const int high = digit(digits[i]);
      const int low = i + 1 < digits.size() ? digit(digits[i + 1]) : -1;
      if (high < 0 || low < 0) fail(where_, "is not in hexadecimal digits");
      result += static_cast<char>(high * 16 + low);
    }
    return result;
  }
  std::chrono::system_clock::time_point time() const {
    using clock = std::chrono::system_clock;
    const auto us = number<std::int64_t>();
    constexpr auto most = std::chrono::duration_cast<std::chrono::microseconds>(clock::duration::max()).count();
    if (us < -most || us > most) fail(where_, "is no time");
    return clock::time_point(std::chrono::duration_cast<clock::duration>(std::chrono::microseconds(us)));
  }
  recorded_message::type type() const {
    const auto t = text();
    if (t == "plain") return recorded_message::type::plain;
    if (t == "request") return recorded_message::type::request;
    if (t == "reply") return recorded_message::type::reply;
    fail(where_, "is neither plain, request nor reply");
  }

 private:
  static int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
  }

  const json::value& value_;
  std::string where_;
};

recorded_message message(const node& n) {
  recorded_message m;
  m.position = n["position"].number<std::uint64_t>();
  if (const auto t = n["time"]; !t.is_null()) m.time = t.time();
  m.what = n["type"].type();
  m.number = n["number"].number<std::uint64_t>();
  m.kind = n["kind"].number<std::uint16_t>();
  m.size = n["size"].number<std::uint64_t>();
  m.large = n["large"].truth();
  m.released = n["released"].truth();
  m.first_bytes = n["first_bytes"].bytes();
  return m;
}

autopsy_direction direction(const node& n) {
  autopsy_direction d;
  d.capacity = n["capacity"].number<std::uint64_t>();
  d.written = n["written"].number<std::uint64_t>();
  d.released = n["released"].number<std::uint64_t>();
  d.writer_waits = n["writer_waits"].truth();
  d.reader_waits = n["reader_waits"].truth();
  d.messages = n["messages"].number<std::uint64_t>();
  d.bytes = n["bytes"].number<std::uint64_t>();
  d.rings = n["rings"].number<std::uint64_t>();
  d.sleeps = n["sleeps"].number<std::uint64_t>();
  n["last"].each_element([&](const node& m) { d.last.push_back(message(m)); });
  return d;
}

void check_version(const node& n) {
  const auto version = n["belfry_autopsy"].number<std::int64_t>();
  if (version < 1) fail("belfry_autopsy", "is no version");
  if (version <= autopsy_version) return;
  throw malformed{error::newer_autopsy, "its form is of version " + std::to_string(version) +
                                            ", and this belfry reads up to " + std::to_string(autopsy_version)};
}

autopsy convert(const node& n) {
  check_version(n);
  autopsy a;
  a.belfry = n["belfry"].text();
  a.time = n["time"].time();
  a.host = n["host"].text();
  a.host_pid = n["host_pid"].number<int>();
  a.name = n["name"].text();
  a.pid = n["pid"].number<int>();
  a.reason = n["reason"].text();
  if (const auto s = n["status"]; !s.is_null()) {
    a.status = exit_status{s["code"].number<int>(), s["signal"].number<int>(), s["core_dumped"].truth()};
  }
  a.uptime = std::chrono::nanoseconds(n["uptime"].number<std::int64_t>());
  a.executable = n["executable"].text();
  a.arguments = n["arguments"].texts();
  a.environment = n["environment"].texts();
  n["options"].each_member([&](const std::string& name, const node& v) { a.options[name] = v.text(); });
  if (const auto u = n["usage"]; !u.is_null()) {
    a.usage = resource_usage{std::chrono::microseconds(u["user_time"].number<std::int64_t>()),
                             std::chrono::microseconds(u["system_time"].number<std::int64_t>()),
                             u["peak_memory_bytes"].number<std::uint64_t>(), u["peak_memory_exact"].truth()};
  }
  a.last_errors = n["last_errors"].texts();
  a.to_plugin = direction(n["to_plugin"]);
  a.from_plugin = direction(n["from_plugin"]);
  return a;
}

autopsy parse(std::string_view text) {
  if (text.size() > largest_text_bytes) fail("", "is too long");
  json::parse_options options;
  options.max_depth = deepest;
  json::error_code ec;
  const auto value = json::parse(json::string_view(text.data(), text.size()), ec, {}, options);
  if (ec) fail("", "is no JSON: " + ec.message());
  return convert({value, ""});
}

std::string contents(const std::filesystem::path& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::string text(largest_text_bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in && !in.eof())
    throw malformed{{errno != 0 ? errno : EIO, boost::system::system_category()}, "it cannot be read"};
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

/// `f`, with what it throws in an error code.
template <class F>
autopsy without_exceptions(F f, error_code& ec) {
  ec.clear();
  try {
    return f();
  } catch (const malformed& m) {
    ec = m.code;
    return {};
  }
}

template <class F>
autopsy with_story(F f, const std::string& what) {
  try {
    return f();
  } catch (const malformed& m) {
    boost::throw_exception(system_error(m.code, what + ": " + m.why));
  }
}

}  // namespace

autopsy parse_autopsy(std::string_view text, error_code& ec) {
  return without_exceptions([&] { return parse(text); }, ec);
}

autopsy parse_autopsy(std::string_view text) {
  return with_story([&] { return parse(text); }, "belfry: parse_autopsy");
}

autopsy read_autopsy(const std::filesystem::path& path, error_code& ec) {
  return without_exceptions([&] { return parse(contents(path)); }, ec);
}

autopsy read_autopsy(const std::filesystem::path& path) {
  return with_story([&] { return parse(contents(path)); }, path.native());
}

}  // namespace belfry
