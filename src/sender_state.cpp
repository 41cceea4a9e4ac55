// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "posix/bell.hpp"
#include "wait_loop.hpp"

#include <belfry/detail/sender_state.hpp>

#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <cstring>

namespace belfry::detail {

sender_state::sender_state(doorbell bell, const segment& own, const segment& peer, detail::link& l)
    : ring_(own, peer),
      pool_(own.large_messages(), l),
      own_(own.control()),
      peer_(peer.control()),
      spinner_(own_->only_processor, peer_->only_processor),
      sleeper_(own_->space_wake_at, peer_->takes_part),
      link_(l),
      executor_(bell.get_executor()),
      turn_(executor_),
      bell_(bell.release()),
      waiter_(executor_, bell_.native_handle(), l.native_handle()) {
  link_.watch(waiter_);
  high_water_.add(ring_.capacity() / 8);
  ring_.expect_unread(high_water_.get());
}

bool sender_state::ring_bell() noexcept {
  own_->sent.rings.add_from_any_thread(1);
  if (posix::ring(bell_.native_handle()) != signal_result::peer_dead) return true;
  link_.peer_is_gone();
  return false;
}

void sender_state::refused(const error_code& ec) noexcept {
  if (ec == error::protocol_violation) link_.violated("the position up to which the peer has released its messages");
}

error_code sender_state::end() const noexcept {
  const bool may_send = link_.may_send();  // first, since an end that comes now is told by the other
  const auto ec = link_.error();
  return ec || may_send ? ec : error_code(boost::asio::error::shut_down);
}

void sender_state::finish(error_code& ec) noexcept {
  ec = end();
  if (ec) return;
  publish();
  link_.finish(ec);
  if (ec) return;
  waiter_.interrupt(posix::wake_reason::line);
}

void sender_state::keep_times(std::size_t most) {
  times_ = std::make_unique<message_times>(most);
  ring_.expect_unread(0);  // so that nothing goes without saying
}

std::vector<message_times::entry> sender_state::times() const {
  return times_ ? times_->all() : std::vector<message_times::entry>();
}

/// When more is unread than was expected.
void sender_state::after_much(std::uint64_t begin) noexcept {
  if (times_) times_->add(begin);
  if (!times_ || ring_.unread_when_last_seen() > high_water_.get()) raise_high_water();
}

void sender_state::raise_high_water() noexcept {
  // To look at the peer's position for each message would cost a cache line's way between processors. A full eighth of
  // the ring comes seldom, and so does a new record.
  ring_.look_at_reader();
  const auto unread = ring_.unread_when_last_seen();
  const auto record = high_water_.get();
  if (unread > record) high_water_.add(unread - record);
  if (!times_) ring_.expect_unread(high_water_.get());
  sleeper_.stays_awake(messages(), spinner_.policy());
}

std::uint64_t sender_state::high_water() const noexcept {
  const auto record = high_water_.get();
  return record > ring_.capacity() / 8 ? record : 0;
}

std::uint64_t sender_state::rings_suppressed() const noexcept {
  const auto published = messages() - staged_.get() + batches_.get();
  return published - std::min(published, rings());
}

/// The largest reference: to a request or a reply.
constexpr std::size_t largest_reference = message_header::number_size + sizeof(region_reference);

/// For what the ring has refused.
std::span<std::byte> sender_state::large_room(std::size_t size, error_code& ec) noexcept {
  if (ec == error::message_too_large && size <= pool_.max_size()) {
    const auto place = ring_.try_reserve(largest_reference, ec);
    if (place.data() != nullptr) {
      if (ring_.look_at_reader()) {
        const auto room = pool_.take(size, ring_.released_when_last_seen(), ec);
        in_region_ = room.data() != nullptr;
        reference_ = place.data();
        return room;
      }
      ec = error::protocol_violation;
    }
  }
  if (ec) refused(ec);
  return {};
}

void sender_state::stage_large(std::size_t size, std::uint16_t kind, std::uint64_t flags) noexcept {
  const std::size_t number = flags != 0 ? message_header::number_size : 0;
  const std::size_t taken = number + sizeof(region_reference);
  std::memcpy(reference_, pool_.taken(), number);
  const auto reference = pool_.lend(size, ring_.position() + message_header::footprint(taken));
  std::memcpy(reference_ + number, &reference, sizeof reference);
  ring_.stage(taken, kind, flags | message_header::large);
  in_region_ = false;
}

std::uint64_t sender_state::commit_large(std::size_t size, std::uint16_t kind, std::uint64_t flags) noexcept {
  stage_large(size, kind, flags);
  return ring_.publish();
}

std::pair<std::uint16_t, std::span<const std::byte>> sender_state::message_at(std::uint64_t position) const noexcept {
  const auto [header, bytes] = ring_.committed_at(position);
  const auto kind = message_header::kind(header);
  if ((header & message_header::large) == 0) return {kind, bytes};
  region_reference reference;
  std::memcpy(&reference, bytes.data(), sizeof reference);
  return {kind, pool_.lent_bytes(reference)};
}

std::uint64_t sender_state::released_needed(std::size_t size) const noexcept {
  if (size <= ring_.max_message_size()) return ring_.released_needed(size);
  const auto for_reference = ring_.released_needed(largest_reference);
  const auto for_region = pool_.released_needed(size, ring_.released_when_last_seen());
  return static_cast<std::int64_t>(for_region - for_reference) > 0 ? for_region : for_reference;
}

bool sender_state::drained(error_code& ec) noexcept {
  if (ring_.drained(ec)) return true;
  if (ec) refused(ec);
  else ec = link_.error();
  return static_cast<bool>(ec);
}

void sender_state::no_room() noexcept {
  publish();  // only what the peer sees can it release
  sleeper_.found_nothing(messages(), spinner_.policy());
  if (on_stall_) on_stall_(stall::tried);
}

bool sender_state::look(std::size_t size, std::span<std::byte>& room, error_code& ec) noexcept {
  room = room_now(size, ec);
  if (room.data() == nullptr) {
    publish();
    sleeper_.found_nothing(messages(), spinner_.policy());
  }
  return room.data() != nullptr || ec;
}

void sender_state::arm(std::uint64_t needed, std::uint64_t wake_at) noexcept {
  own_->space_needed_at.store(needed, std::memory_order_relaxed);
  sleeper_.ask(wake_at, messages());
  stalled(true);
}

void sender_state::disarm() noexcept {
  // There may be room before half the ring is free; then nobody needs to be rung for the half.
  sleeper_.rest(own_->space_needed_at.load(std::memory_order_relaxed));
  stalled(false);
}

void sender_state::stalled(bool yes) noexcept {
  if (on_stall_) on_stall_(yes ? stall::begins : stall::ends);
}

/// What all waits of a sender have in common. `Pointer` is a shared one where the wait outlives the call.
template <class Pointer>
struct sender_state::wait_body {
  Pointer state;

  bool hint() const { return state->ring_.reader_has_moved(); }
  void disarm() { state->disarm(); }
  void stalled(bool yes) { state->stalled(yes); }
  std::uint64_t messages() const { return state->messages(); }
  bool answer() const { return false; }
  posix::bell_waiter& waiter() { return state->waiter_; }
  spinner& spin() { return state->spinner_; }
  counter& sleeps() { return state->own_->sent.sleeps; }
  detail::link& line() { return state->link_; }
  boost::asio::any_io_executor executor() const { return state->executor(); }
};

template <class Pointer>
struct sender_state::reserve_body : wait_body<Pointer> {
  std::size_t size;
  std::span<std::byte> room{};

  reserve_body(Pointer p, std::size_t s) : wait_body<Pointer>{std::move(p)}, size(s) {}

  bool look(error_code& ec) { return this->state->look(size, room, ec); }

  void arm() {
    // For half the ring, not for each freed byte: the peer would wake us for every message that it reads.
    const auto& ring = this->state->ring_;
    const std::uint64_t needed = this->state->released_needed(size);
    const std::uint64_t half = ring.position() - ring.capacity() / 2;
    const bool half_is_later = static_cast<std::int64_t>(half - needed) > 0;
    this->state->arm(needed, half_is_later ? half : needed);
  }

  template <class Self>
  void complete(Self& self, const error_code& ec) {
    const auto result = ec ? std::span<std::byte>() : room;
    this->state.reset();
    self.complete(ec, result);
  }
};

template <class Pointer>
struct sender_state::drained_body : wait_body<Pointer> {
  explicit drained_body(Pointer p) : wait_body<Pointer>{std::move(p)} {}

  bool look(error_code& ec) { return this->state->drained(ec); }

  void arm() {
    const auto all = this->state->ring_.position();
    this->state->arm(all, all);
  }

  template <class Self>
  void complete(Self& self, const error_code& ec) {
    this->state.reset();
    self.complete(ec);
  }
};

std::span<std::byte> sender_state::reserve(std::size_t size, const steady_deadline& deadline, error_code& ec) {
  reserve_body<sender_state*> body(this, size);
  if (!body.look(ec)) block_until(body, deadline, ec);
  return ec ? std::span<std::byte>() : body.room;
}

void sender_state::async_reserve(std::shared_ptr<sender_state> self, std::size_t size, reserve_handler handler,
                                 bool in_handler, bool at_home) {
  using body = reserve_body<std::shared_ptr<sender_state>>;
  const auto executor = self->executor();
  boost::asio::async_compose<reserve_handler, void(error_code, std::span<std::byte>)>(
      wait_op<body>(body(std::move(self), size), in_handler, at_home), handler, executor);
}

void sender_state::wait_drained(const steady_deadline& deadline, error_code& ec) {
  publish();
  ec.clear();
  drained_body<sender_state*> body(this);
  if (!body.look(ec)) block_until(body, deadline, ec);
}

void sender_state::async_wait_drained(std::shared_ptr<sender_state> self, drained_handler handler) {
  using body = drained_body<std::shared_ptr<sender_state>>;
  self->publish();
  const auto executor = self->executor();
  boost::asio::async_compose<drained_handler, void(error_code)>(wait_op<body>(body(std::move(self))), handler,
                                                                executor);
}

}  // namespace belfry::detail
