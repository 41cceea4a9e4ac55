// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_TEXT_HPP
#define BELFRY_SRC_HOST_TEXT_HPP

#include <cstddef>
#include <string>
#include <string_view>

namespace belfry::detail {

// What comes from a plugin (its name, its output, its messages) may be any bytes. These make text of them that a terminal
// shows as text and that a parser of JSON accepts.

/// Bytes of the character that `text` begins with; 0 if those are no UTF-8: cut off, overlong, a surrogate or beyond
/// U+10FFFF. `text` must not be empty.
///
/// Source: The Unicode Standard 15, table 3-7.
std::size_t character_size(std::string_view text) noexcept;

/// Appends `text` as a string of JSON, in quotes. A byte that is no UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// Appends a number; null for what is no number in JSON.
void append_json_number(std::string& out, double value);

/// Appends `text` in one line: what would control a terminal is written as an escape sequence of C, and a byte that is no
/// UTF-8 as U+FFFD.
void append_printable(std::string& out, std::string_view text);
/// The same as a value.
std::string printable(std::string_view text);

}  // namespace belfry::detail

#endif
