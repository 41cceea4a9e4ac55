// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "posix/bell.hpp"
#include "wait_loop.hpp"

#include <belfry/detail/receiver_state.hpp>

#include <boost/asio/compose.hpp>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace belfry::detail {

receiver_state::receiver_state(doorbell bell, const segment& own, const segment& peer, detail::link& l)
    : ring_(own, peer),
      own_(own.control()),
      peer_(peer.control()),
      regions_(peer.large_messages()),
      spinner_(own_->only_processor, peer_->only_processor),
      sleeper_(own_->data_wake_at, peer_->takes_part),
      link_(l),
      executor_(bell.get_executor()),
      bell_(bell.release()),
      waiter_(executor_, bell_.native_handle(), l.native_handle()),
      pump_waiter_(executor_, bell_.native_handle(), l.native_handle()) {
  link_.watch(waiter_);
  link_.watch(pump_waiter_);
  if (regions_.enabled()) link_.keep_regions(regions_);
}

void receiver_state::ring_bell() noexcept {
  own_->received.rings.add_from_any_thread(1);
  // A peer that died before it read an answer is found by whoever waits next; what it sent is still to be received.
  if (posix::ring(bell_.native_handle()) == signal_result::peer_dead) link_.peer_is_gone();
}

void receiver_state::keep_times(std::size_t most) {
  times_ = std::make_unique<message_times>(most);
  standstill_.fetch_or(keeping_times, std::memory_order_relaxed);
}

std::vector<message_times::entry> receiver_state::times() const {
  return times_ ? times_->all() : std::vector<message_times::entry>();
}

/// When what was released from `begin` on is of interest to anybody.
void receiver_state::after_release(std::uint64_t begin, bool awaited) noexcept {
  if (times_) times_->add(begin);
  if (awaited) ring_bell();
  else if ((standstill_.load(std::memory_order_relaxed) & ~unsigned{keeping_times}) != 0) nudge_waiting_writer();
}

void receiver_state::refused() noexcept { link_.violated("the header of a message"); }

/// The oldest message, whatever it is; or why there will be none.
message_view receiver_state::next_in_ring(error_code& ec) noexcept {
  // The state first, the ring second: what was committed before the end must not be missed.
  const link_state state = link_.state();
  const bool finished = link_.peer_finished();
  if (!link_.may_receive()) [[unlikely]] {
    ec = link_.error();
    return {};
  }
  shown_messages_ = 0;
  shown_bytes_ = 0;
  const message_view message = ring_.try_peek(ec);
  if (message) [[likely]]
    return message;
  if (ec) [[unlikely]]
    refused();
  else if (state != link_state::open) [[unlikely]] ec = link_.error();
  else if (finished) [[unlikely]] ec = error::closed;
  else sleeper_.found_nothing(messages(), spinner_.policy());
  return {};
}

/// For what cannot be shown just so.
message_view receiver_state::peek_closely(error_code& ec) noexcept {
  const message_view message = next_in_ring(ec);
  if (!message.is_plain()) return special(message, ec);
  return message ? shown(message) : message;
}

/// For what was peeked and is no plain message.
message_view receiver_state::special(message_view message, error_code& ec) noexcept {
  for (std::size_t left = replies_at_once; message.replied() != request_id::none; --left) {
    if (left == 0) {
      look_again();
      return {};
    }
    deliver(message);
    reply_shown(message);
    release();
    message = next_in_ring(ec);
  }
  if (message.is_reference()) return view_large(message, ec);
  return message ? shown(message) : message;
}

message_view receiver_state::next_large(const message_view& reference, error_code& ec) noexcept {
  const auto message = view_large(reference, ec);
  if (!message) ring_.unshow();
  return message;
}

/// Shows the message itself, and keeps its region until it is released.
message_view receiver_state::view_large(const message_view& reference, error_code& ec) noexcept {
  std::shared_ptr<const mapping> memory;
  const auto message = whole(reference, memory, ec);
  if (!message) return {};
  if (std::find(viewed_.begin(), viewed_.end(), memory) == viewed_.end()) {
    try {
      viewed_.push_back(std::move(memory));
    } catch (const std::bad_alloc&) {
      ec = make_error_code(boost::system::errc::not_enough_memory);
      return {};
    }
  }
  return shown(message);
}

/// The message that is referred to. Keeps its region in `memory`.
message_view receiver_state::whole(const message_view& reference, std::shared_ptr<const mapping>& memory,
                                   error_code& ec) noexcept {
  region_reference where;  // a copy: the peer may change the bytes after they were checked
  std::memcpy(&where, reference.data(), sizeof where);
  memory = regions_.find(where.region, ec);
  // The region was passed before the message was committed, so if it is not here it waits on the lifeline.
  bool more = true;
  for (int i = 0; i != detail::link::most_listening && !memory && !ec && more; ++i) {
    more = link_.listen();
    memory = regions_.find(where.region, ec);
  }
  const std::size_t number = reference.number() != request_id::none ? message_header::number_size : 0;
  if (!ec && (!memory || where.size < number || where.size > memory->size())) ec = error::protocol_violation;
  if (ec) {
    if (ec == error::protocol_violation) link_.violated("what refers to a large message");
    return {};
  }
  return {memory->data() + number, static_cast<std::size_t>(where.size) - number, reference.kind(), reference.number(),
          reference.replied() != request_id::none};
}

bool receiver_state::look(message_view& message, error_code& ec) noexcept {
  message = try_peek(ec);
  return message || ec;
}

/// Who has sent something since it waited last waits for an answer, as far as that can be known.
bool receiver_state::expects_answer() noexcept {
  const auto sent = own_->sent.messages.get();
  return sent != std::exchange(sent_before_, sent);
}

void receiver_state::arm() noexcept { sleeper_.ask(ring_.position() + message_header::size, messages()); }

void receiver_state::stands_still(standstill why, bool yes) noexcept {
  if (!yes) {
    standstill_.fetch_and(~unsigned{why}, std::memory_order_relaxed);
    return;
  }
  standstill_.fetch_or(why, std::memory_order_relaxed);
  full_fence();  // against a release that looks at this meanwhile: one of the two sees the other
  nudge_waiting_writer();
}

void receiver_state::nudge_waiting_writer() noexcept {
  const std::uint64_t released = own_->released.load(std::memory_order_relaxed);
  const std::uint64_t wake_at = peer_->space_wake_at.load(std::memory_order_relaxed);
  if ((wake_at & wake_word::excused) != 0) return;  // it is awake, and before it sleeps it sees what was released
  const std::uint64_t needed_at = peer_->space_needed_at.load(std::memory_order_relaxed);
  const bool not_rung_yet = static_cast<std::int64_t>(wake_at - released) > 0;
  const bool would_do = static_cast<std::int64_t>(released - needed_at) >= 0;
  if (not_rung_yet && would_do) ring_bell();
}

/// `Pointer` is a shared one where the wait outlives the call.
template <class Pointer>
struct receiver_state::peek_body {
  Pointer state;
  message_view message{};

  bool look(error_code& ec) { return state->look(message, ec); }
  bool hint() const { return state->ring_.has_next(); }
  void arm() { state->arm(); }
  void disarm() { state->after_wait(); }
  void stalled(bool) {}
  std::uint64_t messages() const { return state->messages(); }
  bool answer() const { return state->expects_answer(); }
  posix::bell_waiter& waiter() { return state->waiter_; }
  spinner& spin() { return state->spinner_; }
  counter& sleeps() { return state->own_->received.sleeps; }
  detail::link& line() { return state->link_; }
  boost::asio::any_io_executor executor() const { return state->executor(); }

  template <class Self>
  void complete(Self& self, const error_code& ec) {
    const auto result = ec ? message_view() : message;
    state.reset();
    self.complete(ec, result);
  }
};

bool receiver_state::comes_at_once() noexcept {
  if (touched_ || !link_.may_receive()) return false;
  sleeper_.found_nothing(messages(), spinner_.policy());
  spinner_.begin(messages(), expects_answer());
  return spinner_.comes_at_once([this] { return ring_.has_next(); });
}

message_view receiver_state::peek(const steady_deadline& deadline, error_code& ec, bool begun) {
  peek_body<receiver_state*> body{this};
  if (!body.look(ec)) block_until(body, deadline, ec, begun);
  return ec ? message_view() : body.message;
}

void receiver_state::async_peek(std::shared_ptr<receiver_state> self, peek_handler handler, bool at_home) {
  using body = peek_body<std::shared_ptr<receiver_state>>;
  const auto executor = self->executor();
  boost::asio::async_compose<peek_handler, void(error_code, message_view)>(
      wait_op<body>(body{std::move(self)}, false, at_home), handler, executor);
}

}  // namespace belfry::detail
