// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_WORK_HPP
#define BELFRY_BENCH_SUPPORT_WORK_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

// What a program does with memory that it may write and read in place: every byte is written, every byte is read.

namespace belfry::bench {

/// Writes a message whose first 8 bytes are `number`.
inline void write_all(std::span<std::byte> message, std::uint64_t number) {
  std::memcpy(message.data(), &number, sizeof number);
  std::memset(message.data() + sizeof number, static_cast<int>(number & 0x7f), message.size() - sizeof number);
}

/// Reads a message. Returns its first 8 bytes.
inline std::uint64_t read_all(std::span<const std::byte> message) {
  std::uint64_t sum = 0;
  std::size_t i = 0;
  for (; i + sizeof sum <= message.size(); i += sizeof sum) {
    std::uint64_t word;
    std::memcpy(&word, message.data() + i, sizeof word);
    sum += word;
  }
  // Keeps the compiler from leaving the sum out.
  asm volatile("" : : "r"(sum));
  std::uint64_t number;
  std::memcpy(&number, message.data(), sizeof number);
  return number;
}

}  // namespace belfry::bench

#endif
