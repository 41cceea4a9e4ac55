// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_CRASH_LOAD_HPP
#define BELFRY_TEST_CRASH_LOAD_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace belfry::test {

// What goes to and fro in the crash test: messages with a number and a checksum.

inline constexpr std::uint16_t ready_kind = 100;
inline constexpr std::uint16_t damaged_kind = 101;

struct load_header {
  std::uint64_t number;
  std::uint64_t sum;
};

/// FNV-1a, by words, over the number and the bytes behind the header.
inline std::uint64_t checksum(std::uint64_t number, std::span<const std::byte> bytes) {
  constexpr std::uint64_t prime = 0x100000001b3;
  std::uint64_t sum = (0xcbf29ce484222325 ^ number) * prime;
  while (bytes.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    sum = (sum ^ word) * prime;
    sum ^= sum >> 29;
    bytes = bytes.subspan(8);
  }
  for (const std::byte b : bytes) sum = (sum ^ static_cast<std::uint64_t>(b)) * prime;
  return sum;
}

inline std::vector<std::byte> make_load(std::uint64_t number, std::size_t size) {
  std::vector<std::byte> bytes(sizeof(load_header) + size);
  std::uint64_t state = number * 0x9e3779b97f4a7c15 + size;
  for (std::size_t i = 0; i < size; i += 8) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    std::memcpy(bytes.data() + sizeof(load_header) + i, &state, size - i < 8 ? size - i : 8);
  }
  const load_header header{number, checksum(number, std::span<const std::byte>(bytes).subspan(sizeof(load_header)))};
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

/// The number of a load that has come.
inline std::uint64_t number_of(std::span<const std::byte> bytes) {
  load_header header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  return header.number;
}

inline bool intact(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(load_header)) return false;
  load_header header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  return header.sum == checksum(header.number, bytes.subspan(sizeof header));
}

}  // namespace belfry::test

#endif
