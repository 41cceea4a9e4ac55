// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_JSON_WRITER_HPP
#define BELFRY_SRC_HOST_JSON_WRITER_HPP

#include "text.hpp"

#include <chrono>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace belfry::detail {

/// Writes JSON into a string, in one line. Whoever writes sees to it that it is well formed: what is begun is ended, and
/// within an object each value comes behind its key.
class json_writer {
 public:
  json_writer& begin_object() { return open('{'); }
  json_writer& end_object() { return close('}'); }
  json_writer& begin_array() { return open('['); }
  json_writer& end_array() { return close(']'); }

  json_writer& key(std::string_view name) {
    separate();
    append_json_string(text_, name);
    text_ += ':';
    separated_ = true;
    return *this;
  }

  json_writer& value(std::string_view v) {
    separate();
    append_json_string(text_, v);
    return *this;
  }
  json_writer& value(const char* v) { return value(std::string_view(v)); }
  json_writer& value(const std::string& v) { return value(std::string_view(v)); }
  json_writer& value(bool v) { return raw(v ? "true" : "false"); }
  template <std::integral T>
  json_writer& value(T v) {
    return raw(std::to_string(v));
  }
  json_writer& value(double v) {
    separate();
    append_json_number(text_, v);
    return *this;
  }
  /// In seconds.
  json_writer& value(std::chrono::nanoseconds v) { return value(std::chrono::duration<double>(v).count()); }
  json_writer& null() { return raw("null"); }
  /// Absent is null.
  template <class T>
  json_writer& value(const std::optional<T>& v) {
    return v ? value(*v) : null();
  }

  template <class T>
  json_writer& member(std::string_view name, const T& v) {
    return key(name).value(v);
  }

  std::string finish() && { return std::move(text_); }

 private:
  void separate() {
    if (!separated_ && !text_.empty()) text_ += ',';
    separated_ = false;
  }
  json_writer& open(char c) {
    separate();
    text_ += c;
    separated_ = true;
    return *this;
  }
  json_writer& close(char c) {
    text_ += c;
    separated_ = false;
    return *this;
  }
  json_writer& raw(std::string_view v) {
    separate();
    text_ += v;
    return *this;
  }

  std::string text_;
  bool separated_ = false;  // nothing must stand before the next thing
};

}  // namespace belfry::detail

#endif
