// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "text.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>

namespace belfry::detail {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD

unsigned at(std::string_view text, std::size_t i) noexcept { return static_cast<unsigned char>(text[i]); }

bool follows(std::string_view text, std::size_t i) noexcept { return i < text.size() && (at(text, i) & 0xc0) == 0x80; }

/// Whether it is a control character of one byte.
bool controls(unsigned char c) noexcept { return c < 0x20 || c == 0x7f; }

/// Whether it is one of the control characters U+0080 to U+009F, which some terminals obey.
bool controls(std::string_view character) noexcept {
  return character.size() == 2 && at(character, 0) == 0xc2 && at(character, 1) < 0xa0;
}

void append_hex(std::string& out, const char* format, unsigned value) {
  char text[16];
  std::snprintf(text, sizeof text, format, value);
  out += text;
}

/// The letter behind the backslash in C and in JSON; 0 where they have none in common.
char escape_letter(unsigned char c) noexcept {
  switch (c) {
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
  }
}

}  // namespace

std::size_t character_size(std::string_view text) noexcept {
  const unsigned first = at(text, 0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const std::size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (std::size_t i = 1; i != size; ++i) {
    if (!follows(text, i)) return 0;
  }
  const unsigned second = at(text, 1);
  if (first == 0xe0 && second < 0xa0) return 0;  // overlong
  if (first == 0xed && second > 0x9f) return 0;  // surrogates
  if (first == 0xf0 && second < 0x90) return 0;  // overlong
  if (first == 0xf4 && second > 0x8f) return 0;  // beyond U+10FFFF
  return size;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const auto c = static_cast<unsigned char>(text.front());
    if (size == 0) {
      out += replacement;
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += text.front();
    } else if (const char letter = escape_letter(c)) {
      out += '\\';
      out += letter;
    } else if (controls(c)) {
      append_hex(out, "\\u%04x", c);
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  out += '"';
}

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.append(text, end);
}

void append_printable(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const auto c = static_cast<unsigned char>(text.front());
    if (size == 0) {
      out += replacement;
    } else if (const char letter = escape_letter(c)) {
      out += '\\';
      out += letter;
    } else if (controls(c)) {
      append_hex(out, "\\x%02x", c);
    } else if (controls(text.substr(0, size))) {
      append_hex(out, "\\u%04x", at(text, 1));
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
}

std::string printable(std::string_view text) {
  std::string result;
  append_printable(result, text);
  return result;
}

}  // namespace belfry::detail
