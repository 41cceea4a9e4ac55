// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "wait_loop.hpp"

#include <belfry/detail/receiver_state.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstring>

// The part of a receiver that looks after replies.

namespace belfry::detail {
namespace {

/// After so many trips the pump lets others of its executor run.
constexpr int rounds_at_once = 4;

}  // namespace

void async_request::complete(error_code ec, std::size_t size) {
  boost::asio::post(executor_, boost::asio::append(std::move(handler_), ec, size));
}

void receiver_state::deliver(const message_view& reply) noexcept {
  if (reply.is_reference() && requests_.waits(reply.replied())) {
    std::shared_ptr<const mapping> memory;
    error_code ec;
    const auto message = whole(reply, memory, ec);
    if (message) requests_.deliver(message);
    else requests_.fail(reply.replied(), ec);
  } else {
    requests_.deliver(reply);
  }
  // Nobody waits any more: the pump shall not keep the executor busy.
  if (pumping_ && requests_.empty()) pump_waiter_.interrupt(posix::wake_reason::line);
}

/// Counts a reply that is released with what is shown.
void receiver_state::reply_shown(const message_view& reply) noexcept {
  touched_ = true;
  shown_messages_ += 1;
  if (!reply.is_reference()) {
    shown_bytes_ += reply.size();
    return;
  }
  region_reference where;
  std::memcpy(&where, reply.data(), sizeof where);
  // If nobody waited for it, nobody has looked at this size; for the statistics it need only be possible.
  const auto size = std::min<std::uint64_t>(where.size, regions_.max_size());
  shown_bytes_ += size - std::min<std::uint64_t>(size, message_header::number_size);
}

/// Hands replies to their requests. True: there may be more.
bool receiver_state::deliver_some(error_code& ec) noexcept {
  std::size_t left = replies_at_once;
  if (shown_messages_ == 0) {
    for (; left != 0; --left) {
      const auto message = ring_.try_peek(ec);
      if (message.replied() == request_id::none) break;
      deliver(message);
      reply_shown(message);
      release();
    }
  }
  for (; left != 0 && !ec; --left) {
    const auto message = ring_.try_scan(ec);
    if (!message) break;
    if (message.replied() != request_id::none) deliver(message);
  }
  if (ec) refused();
  return left == 0;
}

/// Ends the wait of this side that is under way, if there is one, so that it looks at its limits and then looks again.
void receiver_state::look_again() noexcept { waiter_.interrupt(posix::wake_reason::line); }

/// Why no reply will come that is not there yet; no error if one may.
error_code receiver_state::no_more_replies() const noexcept {
  switch (link_.state()) {
    case link_state::open: return link_.peer_finished() ? error::closed : error_code();
    case link_state::closed_here: return boost::asio::error::operation_aborted;
    default: return link_.error();
  }
}

void receiver_state::arm_for_replies() noexcept {
  sleeper_.ask(ring_.scan_position() + message_header::size, messages());
}

void receiver_state::after_wait() noexcept {
  if (!pumping_) return sleeper_.rest();
  // The wait has used up the signal for which the pump had asked.
  arm_for_replies();
  error_code ec;
  if (deliver_some(ec)) pump_waiter_.interrupt(posix::wake_reason::line);
}

void receiver_state::fail_request(request_id id, const error_code& ec) {
  requests_.fail(id, ec);
  if (pumping_ && requests_.empty()) pump_waiter_.interrupt(posix::wake_reason::line);
}

void receiver_state::async_await_reply(const std::shared_ptr<receiver_state>& self, request_id id,
                                       std::shared_ptr<async_request> request) {
  auto slot = boost::asio::get_associated_cancellation_slot(request->handler());
  if (slot.is_connected()) {
    // What is in the slot may stay there longer than the request waits.
    slot.assign([weak = std::weak_ptr(self), id](boost::asio::cancellation_type) {
      if (const auto state = weak.lock()) state->fail_request(id, boost::asio::error::operation_aborted);
    });
  }
  self->requests_.add(id, std::move(request));
  if (self->pumping_) return;
  error_code ec;
  self->pump_waiter_.begin(ec);
  if (ec) return self->requests_.fail(id, ec);
  self->pumping_ = true;
  self->stands_still(for_some_reply, true);
  // Not at once: the request is still to be sent.
  boost::asio::post(self->executor_, [self] { pump(self); });
}

void receiver_state::pump(const std::shared_ptr<receiver_state>& self) {
  receiver_state& me = *self;
  for (int round = 1;; ++round) {
    // As everywhere: arm, look, sleep. The end is asked for first, since what came before it still counts.
    me.arm_for_replies();
    const auto end = me.no_more_replies();
    const auto before = me.ring_.scan_position();
    error_code ec;
    const bool more = me.deliver_some(ec);
    if (ec) me.requests_.fail_all(ec);
    else if (end && !more) me.requests_.fail_all(end);
    if (me.requests_.empty()) break;
    if (me.ring_.scan_position() != before) {
      if (round != rounds_at_once) continue;
      return boost::asio::post(me.executor_, [self] { pump(self); });
    }
    me.own_->received.sleeps.add(1);
    return me.pump_waiter_.async_wait([self](error_code failure) {
      if (failure) {
        self->requests_.fail_all(failure);
      } else if (const auto why = self->pump_waiter_.collect()) {
        // A receive may wait for the same bell.
        if (*why == posix::wake_reason::rung) self->waiter_.interrupt(posix::wake_reason::line);
        error_code ended;
        if (!goes_on(*why, self->link_, ended)) self->requests_.fail_up_to(self->cancelled_.load(), ended);
      }
      pump(self);
    });
  }
  me.pumping_ = false;
  me.stands_still(for_some_reply, false);
  me.pump_waiter_.end();
}

struct receiver_state::reply_body {
  receiver_state* state;
  const bool& done;
  const std::function<bool()>& cancelled;

  bool look(error_code& ec) {
    const auto end = state->no_more_replies();
    const bool more = state->deliver_some(ec);
    if (more) state->look_again();
    else if (!done && !ec) ec = end;
    if (!done && !ec && cancelled()) ec = boost::asio::error::operation_aborted;
    return done || ec;
  }
  bool hint() const { return state->ring_.has_next_to_scan(); }
  void arm() { state->arm_for_replies(); }
  void disarm() { state->after_wait(); }
  void stalled(bool) {}
  std::uint64_t messages() const { return state->messages(); }
  bool answer() const { return true; }
  posix::bell_waiter& waiter() { return state->waiter_; }
  spinner& spin() { return state->spinner_; }
  counter& sleeps() { return state->own_->received.sleeps; }
  detail::link& line() { return state->link_; }
};

void receiver_state::await_reply(const bool& done, const std::function<bool()>& cancelled,
                                 const steady_deadline& deadline, error_code& ec) {
  reply_body body{this, done, cancelled};
  if (!body.look(ec)) {
    stands_still(for_reply, true);
    block_until(body, deadline, ec);
    stands_still(for_reply, false);
  }
  if (done) ec.clear();
}

}  // namespace belfry::detail
