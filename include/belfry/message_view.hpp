// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_MESSAGE_VIEW_HPP
#define BELFRY_MESSAGE_VIEW_HPP

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace belfry {

/// By which a request's reply is known; of use only to `channel::reply`.
enum class request_id : std::uint64_t { none = 0 };

/// A received message where it lies, in the peer's memory. Valid until it is released.
///
/// The peer can still change the bytes while they are looked at, if it is malicious: what is checked and then used
/// must be copied first.
class message_view {
 public:
  message_view() noexcept = default;
  /// For the library's own parts.
  message_view(const std::byte* data, std::size_t size, std::uint16_t kind) noexcept
      : data_(data), size_(size), kind_(kind) {}
  /// For the library's own parts: a request or a reply, or what refers to a large message.
  message_view(const std::byte* data, std::size_t size, std::uint16_t kind, request_id id, bool reply,
               bool reference = false) noexcept
      : data_(data), size_(size), kind_(kind), reply_(reply), reference_(reference), id_(id) {}

  /// Aligned to 8. Null if there is no message.
  const std::byte* data() const noexcept { return data_; }
  /// In bytes. An empty message is a message.
  std::size_t size() const noexcept { return size_; }
  /// What the sender gave with it, for the user's own meaning.
  std::uint16_t kind() const noexcept { return kind_; }

  /// What `channel::reply` needs if the message is a request; else `request_id::none`. It outlives the view.
  request_id request() const noexcept { return reply_ ? request_id::none : id_; }
  /// For the library's own parts: the request that this is the reply to. A receiver does not show replies.
  request_id replied() const noexcept { return reply_ ? id_ : request_id::none; }
  /// For the library's own parts: whichever of the two it has.
  request_id number() const noexcept { return id_; }
  /// For the library's own parts: that these bytes only refer to the message.
  bool is_reference() const noexcept { return reference_; }
  /// For the library's own parts: that a receiver shows this just as it is.
  bool is_plain() const noexcept { return !reply_ && !reference_; }

  /// As bytes.
  std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }
  /// As text.
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(data_), size_}; }
  /// As a buffer of Asio.
  operator boost::asio::const_buffer() const noexcept { return {data_, size_}; }

  /// Whether there is a message at all.
  explicit operator bool() const noexcept { return data_ != nullptr; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::uint16_t kind_ = 0;
  bool reply_ = false;
  bool reference_ = false;
  request_id id_ = request_id::none;
};

}  // namespace belfry

#endif
