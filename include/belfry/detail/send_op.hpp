// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_SEND_OP_HPP
#define BELFRY_DETAIL_SEND_OP_HPP

#include <belfry/detail/sender_state.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_state.hpp>

#include <memory>
#include <span>
#include <utility>

namespace belfry::detail {

/// Copies `buffers` to the room that was reserved for them, if any was, and commits.
template <class ConstBufferSequence>
bool fill_and_commit(sender_state& state, std::span<std::byte> room, const ConstBufferSequence& buffers,
                     std::uint16_t kind, error_code& ec) {
  if (room.data() == nullptr) return false;
  boost::asio::buffer_copy(boost::asio::buffer(room.data(), room.size()), buffers);
  if (state.commit(room.size(), kind)) [[likely]]
    return true;
  ec = state.end();  // the peer is gone, perhaps with a goodbye
  return false;
}

/// Reserve, copy, commit.
template <class ConstBufferSequence>
struct send_op {
  std::shared_ptr<sender_state> state;
  ConstBufferSequence buffers;
  std::uint16_t kind;

  template <class Self>
  void operator()(Self& self) {
    self.reset_cancellation_state(boost::asio::enable_total_cancellation());
    auto keep = state;
    const std::size_t size = boost::asio::buffer_size(buffers);
    sender_state::async_reserve(std::move(keep), size, std::move(self));
  }

  template <class Self>
  void operator()(Self& self, error_code ec, std::span<std::byte> room) {
    if (!ec) fill_and_commit(*state, room, buffers, kind, ec);
    state.reset();
    self.complete(ec);
  }
};

}  // namespace belfry::detail

#endif
