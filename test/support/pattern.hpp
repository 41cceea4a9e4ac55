// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_PATTERN_HPP
#define BELFRY_TEST_SUPPORT_PATTERN_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace belfry::test {

/// A message's bytes, each of which depends on the message's number and on its place in it.
inline std::uint64_t pattern_word(std::uint64_t number, std::uint64_t place) noexcept {
  std::uint64_t x = (number + 1) * 0x9e37'79b9'7f4a'7c15 + place * 0xbf58'476d'1ce4'e5b9;
  x ^= x >> 29;
  return x;
}

inline void fill_pattern(std::span<std::byte> room, std::uint64_t number) noexcept {
  for (std::size_t at = 0; at < room.size(); at += 8) {
    const std::uint64_t word = pattern_word(number, at);
    const std::size_t left = room.size() - at;
    std::memcpy(room.data() + at, &word, left < 8 ? left : 8);
  }
}

inline bool has_pattern(std::span<const std::byte> bytes, std::uint64_t number) noexcept {
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    const std::uint64_t word = pattern_word(number, at);
    const std::size_t left = bytes.size() - at;
    if (std::memcmp(bytes.data() + at, &word, left < 8 ? left : 8) != 0) return false;
  }
  return true;
}

inline std::string pattern_text(std::size_t size, std::uint64_t number = 0) {
  std::string text(size, '\0');
  fill_pattern(std::as_writable_bytes(std::span(text)), number);
  return text;
}

/// Small, fast and the same everywhere. (The distributions of the standard library are not the same everywhere.)
class sequence {
 public:
  explicit sequence(std::uint64_t seed) noexcept : state_(seed) {}
  /// 0 up to and including `most`.
  std::uint64_t next(std::uint64_t most) noexcept {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ % (most + 1);
  }

 private:
  std::uint64_t state_;
};

}  // namespace belfry::test

#endif
