// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_MESSAGE_HPP
#define BELFRY_BENCH_SUPPORT_MESSAGE_HPP

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>

namespace belfry::bench {

/// What a message says in its first 8 bytes when it is the last.
inline constexpr std::uint64_t last_message = ~std::uint64_t{0};

inline void put_number(std::span<std::byte> message, std::uint64_t number) {
  std::memcpy(message.data(), &number, sizeof number);
}
inline std::uint64_t number_in(std::span<const std::byte> message) {
  std::uint64_t number;
  std::memcpy(&number, message.data(), sizeof number);
  return number;
}

/// Memory for one message, on lines and pages of its own, and touched.
class message_buffer {
 public:
  explicit message_buffer(std::size_t size)
      : size_(size), bytes_(static_cast<std::byte*>(::operator new(rounded(size), std::align_val_t{4096}))) {
    std::memset(bytes_, 'x', rounded(size));
  }
  ~message_buffer() { ::operator delete(bytes_, std::align_val_t{4096}); }
  message_buffer(const message_buffer&) = delete;
  message_buffer& operator=(const message_buffer&) = delete;

  std::span<std::byte> bytes() noexcept { return {bytes_, size_}; }

 private:
  static std::size_t rounded(std::size_t size) { return (size + 4095) / 4096 * 4096; }

  std::size_t size_;
  std::byte* bytes_;
};

}  // namespace belfry::bench

#endif
