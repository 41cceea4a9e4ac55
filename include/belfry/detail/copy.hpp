// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_COPY_HPP
#define BELFRY_DETAIL_COPY_HPP

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>

namespace belfry::detail {

/// As memcpy, without a call for 16 to 64 bytes, which most messages are: the call costs more than the copy. The pieces
/// overlap where the size is no multiple of theirs.
inline void short_copy(void* to, const void* from, std::size_t size) noexcept {
  struct piece {
    char bytes[16];
  };
  const auto* const source = static_cast<const char*>(from);
  auto* const target = static_cast<char*>(to);
  const auto read = [&](std::size_t at) {
    piece p;
    std::memcpy(&p, source + at, sizeof p);
    return p;
  };
  const auto write = [&](std::size_t at, const piece& p) { std::memcpy(target + at, &p, sizeof p); };

  constexpr std::size_t n = sizeof(piece);
  if (size < n || size > 4 * n) {
    if (size != 0) std::memcpy(to, from, size);
    return;
  }
  const piece first = read(0);
  const piece last = read(size - n);
  if (size > 2 * n) {
    const piece second = read(n);
    const piece third = read(size - 2 * n);
    write(n, second);
    write(size - 2 * n, third);
  }
  write(0, first);
  write(size - n, last);
}

/// Copies the concatenation of `buffers`, which is of the room's size.
template <class ConstBufferSequence>
void gather(std::span<std::byte> room, const ConstBufferSequence& buffers) {
  if constexpr (std::is_convertible_v<const ConstBufferSequence&, boost::asio::const_buffer>) {
    const boost::asio::const_buffer one = buffers;
    // The same, but where it is a constant the compiler knows it.
    short_copy(room.data(), one.data(), one.size());
  } else {
    boost::asio::buffer_copy(boost::asio::buffer(room.data(), room.size()), buffers);
  }
}

/// Copies `source` to `buffers`, which are of at least its size.
template <class MutableBufferSequence>
void scatter(const MutableBufferSequence& buffers, boost::asio::const_buffer source) {
  if constexpr (std::is_convertible_v<const MutableBufferSequence&, boost::asio::mutable_buffer>) {
    const boost::asio::mutable_buffer one = buffers;
    short_copy(one.data(), source.data(), source.size());
  } else {
    boost::asio::buffer_copy(buffers, source);
  }
}

}  // namespace belfry::detail

#endif
