// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_SEND_OP_HPP
#define BELFRY_DETAIL_SEND_OP_HPP

#include <belfry/detail/cancelled.hpp>
#include <belfry/detail/copy.hpp>
#include <belfry/detail/recycle.hpp>
#include <belfry/detail/sender_state.hpp>
#include <belfry/message_view.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>

#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace belfry::detail {

/// What goes with the bytes of a message.
struct envelope {
  std::uint16_t kind = 0;
  std::uint64_t flags = 0;  ///< Of message_header.
  request_id id{};          ///< With flags.

  /// Bytes in front of the payload.
  std::size_t overhead() const noexcept { return flags == 0 ? 0 : message_header::number_size; }
};

/// Writes a message into the room that was reserved for it.
template <class ConstBufferSequence>
void fill(std::span<std::byte> room, const ConstBufferSequence& buffers, const envelope& e) {
  if (e.flags != 0) std::memcpy(room.data(), &e.id, message_header::number_size);
  gather(room.subspan(e.overhead()), buffers);
}

/// Copies `buffers` to the room that was reserved for them, if any was, and commits.
template <class ConstBufferSequence>
bool fill_and_commit(sender_state& state, std::span<std::byte> room, const ConstBufferSequence& buffers,
                     const envelope& e, error_code& ec) {
  if (room.data() == nullptr) return false;
  fill(room, buffers, e);
  if (state.commit(room.size(), e.kind, e.flags)) [[likely]]
    return true;
  ec = state.end();  // the peer is gone, perhaps with a goodbye
  return false;
}

/// Waits for its turn, reserves, and hands the room to `Then`, which fills it and goes on or completes.
///
/// `Then` has `state`, the sender's; `size()`, the bytes to be reserved; and `with_room(self, ec, room, begun, turn)`, of
/// which `begun` are the `endings_of_waits` when the operation began, and `turn` is left when the message is committed.
template <class Then>
struct send_in_turn : Then {
  explicit send_in_turn(Then then) : Then(std::move(then)) {}

  template <class Self>
  void operator()(Self& self) {
    self.reset_cancellation_state(boost::asio::enable_total_cancellation());
    begun_ = this->state->endings_of_waits();
    turn_ = this->state->turn().try_enter(this->state);
    if (turn_.owner()) return reserve(self);
    const auto owner = std::exchange(this->state, nullptr);
    const bool at_home = is_same_executor(self.get_executor(), owner->executor());
    owner->turn().async_enter(recycle(std::move(self)), at_home);
  }

  template <class Self>
  void operator()(Self& self, error_code ec, turnstile::turn turn) {
    turn_ = std::move(turn);
    this->state = turn_.owner();
    check(self, ec);
    if (!ec) return reserve_here(self);
    this->with_room(self, ec, {}, begun_, std::move(turn_));
  }

  template <class Self>
  void operator()(Self& self, error_code ec, std::span<std::byte> room) {
    check(self, ec);
    this->with_room(self, ec, room, begun_, std::move(turn_));
  }

  /// For a `Then` that goes on after the message was sent.
  template <class Self>
  void operator()(Self& self, error_code ec, std::size_t size) {
    this->done(self, ec, size);
  }

 private:
  template <class Self>
  void reserve(Self& self) {
    auto keep = this->state;
    const std::size_t size = this->size();
    const bool at_home = is_same_executor(self.get_executor(), keep->executor());
    sender_state::async_reserve(std::move(keep), size, recycle(std::move(self)), false, at_home);
  }

  /// In a handler, where what lacks memory must be told to the operation's handler, since nobody else can be.
  template <class Self>
  void reserve_here(Self& self) {
    auto keep = this->state;
    const std::size_t size = this->size();
    const bool at_home = is_same_executor(self.get_executor(), keep->executor());
    auto handler = recycle(std::move(self));
    sender_state::reserve_handler erased;
    try {
      sender_state::reserve_handler(std::move(handler)).swap(erased);
    } catch (const std::bad_alloc&) {
      // It was not moved: memory comes first.
      return std::move(handler)(make_error_code(boost::system::errc::not_enough_memory), std::span<std::byte>());
    }
    sender_state::async_reserve(std::move(keep), size, std::move(erased), true, at_home);
  }

  /// Whatever ends all waits may have come between two of them, as a cancellation of this one operation may.
  template <class Self>
  void check(Self& self, error_code& ec) {
    if (ec) return;
    const bool ended = was_cancelled(self) || this->state->endings_of_waits() != begun_;
    if (ended) ec = boost::asio::error::operation_aborted;
  }

  turnstile::turn turn_;
  std::uint64_t begun_ = 0;
};

/// Copies, commits, and completes.
template <class ConstBufferSequence>
struct send_then_complete {
  std::shared_ptr<sender_state> state;
  ConstBufferSequence buffers;
  envelope what;

  std::size_t size() const { return what.overhead() + boost::asio::buffer_size(buffers); }

  template <class Self>
  void with_room(Self& self, error_code ec, std::span<std::byte> room, std::uint64_t, turnstile::turn turn) {
    if (!ec) fill_and_commit(*state, room, buffers, what, ec);
    state.reset();
    turn.leave([&](const auto& channels) { return is_same_executor(self.get_executor(), channels); });
    self.complete(ec);
  }
};

template <class ConstBufferSequence>
using send_op = send_in_turn<send_then_complete<ConstBufferSequence>>;

}  // namespace belfry::detail

#endif
