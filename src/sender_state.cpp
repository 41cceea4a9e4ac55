// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "wait_loop.hpp"

#include <belfry/detail/sender_state.hpp>

#include <boost/asio/compose.hpp>

#include <algorithm>

namespace belfry::detail {

sender_state::sender_state(doorbell bell, const segment& own, const segment& peer, detail::link& l)
    : ring_(own, peer),
      own_(own.control()),
      peer_(peer.control()),
      link_(l),
      bell_(std::move(bell)),
      waiter_(bell_.get_executor(), bell_.native_handle(), l.native_handle()) {
  link_.watch(waiter_);
}

bool sender_state::ring_bell() noexcept {
  rings_.add_from_any_thread(1);
  if (bell_.signal() != signal_result::peer_dead) return true;
  link_.bell_found_peer_dead();
  return false;
}

void sender_state::refused(const error_code& ec) noexcept {
  if (ec == error::protocol_violation) link_.violated("the position up to which the peer has released its messages");
}

bool sender_state::look(std::size_t size, std::span<std::byte>& room, error_code& ec) noexcept {
  room = try_reserve(size, ec);
  return room.data() != nullptr || ec;
}

void sender_state::arm(std::size_t size) noexcept {
  // For half the ring, not for each freed byte: the peer would wake us for every message that it reads.
  const std::uint64_t needed = ring_.released_needed(size);
  const std::uint64_t half = ring_.position() - ring_.capacity() / 2;
  const bool half_is_later = static_cast<std::int64_t>(half - needed) > 0;
  own_->space_needed_at.store(needed, std::memory_order_relaxed);
  own_->space_wake_at.store(half_is_later ? half : needed, std::memory_order_relaxed);
  full_fence();
  if (on_sleep_) on_sleep_(true);
}

void sender_state::disarm() noexcept {
  // There may be room before half the ring is free; then nobody needs to be rung for the half.
  own_->space_wake_at.store(own_->space_needed_at.load(std::memory_order_relaxed), std::memory_order_relaxed);
  if (on_sleep_) on_sleep_(false);
}

std::span<std::byte> sender_state::reserve(std::size_t size, const posix::steady_deadline& deadline, error_code& ec) {
  std::span<std::byte> room;
  if (look(size, room, ec)) return room;
  block_until([&](error_code& e) { return look(size, room, e); }, [&] { arm(size); }, [&] { disarm(); }, waiter_,
              spinner_, sleeps_, link_, deadline, ec);
  return ec ? std::span<std::byte>() : room;
}

struct sender_state::reserve_op {
  std::shared_ptr<sender_state> state;
  std::size_t size;
  std::span<std::byte> room{};

  bool look(error_code& ec) { return state->look(size, room, ec); }
  void arm() { state->arm(size); }
  void disarm() { state->disarm(); }
  posix::bell_waiter& waiter() { return state->waiter_; }
  detail::link& line() { return state->link_; }
  counter& sleeps() { return state->sleeps_; }
  boost::asio::any_io_executor executor() const { return state->executor(); }

  template <class Self>
  void complete(Self& self, const error_code& ec) {
    const auto result = ec ? std::span<std::byte>() : room;
    state.reset();
    self.complete(ec, result);
  }
};

void sender_state::async_reserve(std::shared_ptr<sender_state> self, std::size_t size, reserve_handler handler) {
  const auto executor = self->executor();
  boost::asio::async_compose<reserve_handler, void(error_code, std::span<std::byte>)>(
      wait_op<reserve_op>{{std::move(self), size}}, handler, executor);
}

}  // namespace belfry::detail
