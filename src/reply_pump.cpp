// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "insist.hpp"
#include "wait_loop.hpp"

#include <belfry/detail/receiver_state.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <cstring>

// The part of a receiver that looks after replies.

namespace belfry::detail {
namespace {

/// After so many trips the pump lets others of its executor run.
constexpr int rounds_at_once = 4;

}  // namespace

/// What is posted: only refers to the request, which is not lost where posting fails.
struct async_request::completion {
  std::shared_ptr<async_request> request;

  void operator()() {
    insist([&] { return request->handler_->go([r = request] { r->call(); }); });
  }
};

void async_request::call() { (*handler_)(ec_, ec_ ? 0 : size_); }

bool async_request::complete(const error_code& ec) noexcept {
  ec_ = ec;
  return attempt_post(executor_, completion{shared_from_this()});
}

/// Where posting takes memory that is not there, this does without.
bool async_request::tell() {
  if (complete(ec_)) return true;
  if (!handler_->at_home()) return false;
  call();
  return true;
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
  rouse_pump();
}

/// When nobody waits any more the pump shall not keep the executor busy; and whoever could not be told that it has ended
/// is told by the pump.
void receiver_state::rouse_pump() noexcept {
  if (pumping_ && (requests_.empty() || requests_.some_to_tell())) pump_waiter_.interrupt(posix::wake_reason::line);
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

void receiver_state::fail_request(request_id id, const error_code& ec) noexcept {
  requests_.fail(id, ec);
  rouse_pump();
}

void receiver_state::start_pump(const std::shared_ptr<receiver_state>& self, error_code& ec) noexcept {
  ec.clear();
  if (self->pumping_) return;
  auto& waiter = self->pump_waiter_;
  waiter.begin(ec);
  if (ec) return;
  waiter.prepare_async(ec);
  // Not at once: the request is still to be sent.
  if (!ec && !attempt_post(self->executor_, [self] { pump(self); }))
    ec = make_error_code(boost::system::errc::not_enough_memory);
  if (ec) return waiter.end();
  self->pumping_ = true;
  self->stands_still(for_some_reply, true);
}

void receiver_state::async_await_reply(const std::shared_ptr<receiver_state>& self, request_id id,
                                       std::shared_ptr<async_request> request) {
  auto slot = boost::asio::get_associated_cancellation_slot(request->handler().handler());
  if (slot.is_connected()) {
    // What is in the slot may stay there longer than the request waits.
    slot.assign([weak = std::weak_ptr(self), id](boost::asio::cancellation_type) {
      if (const auto state = weak.lock()) state->fail_request(id, boost::asio::error::operation_aborted);
    });
  }
  self->requests_.add(id, std::move(request));
}

void receiver_state::pump_later(const std::shared_ptr<receiver_state>& self) {
  const auto rouse = [self](error_code failure) {
    if (failure) {
      self->requests_.fail_all(failure);
    } else if (const auto why = self->pump_waiter_.collect()) {
      // A receive may wait for the same bell.
      if (*why == posix::wake_reason::rung) self->waiter_.interrupt(posix::wake_reason::line);
      error_code ended;
      if (!goes_on(*why, self->link_, ended)) self->requests_.fail_up_to(self->cancelled_.load(), ended);
    }
    pump(self);
  };
  auto& memory = self->pump_memory_;
  insist([&] {
    try {
      self->pump_waiter_.async_wait(boost::asio::bind_allocator(memory.allocator<void>(), rouse));
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  });
}

void receiver_state::pump(const std::shared_ptr<receiver_state>& self) {
  receiver_state& me = *self;
  for (int round = 1;; ++round) {
    if (me.requests_.some_to_tell()) me.requests_.tell();
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
      if (attempt_post(me.executor_, [self] { pump(self); })) return;
      me.pump_waiter_.interrupt(posix::wake_reason::line);  // the next wait ends at once
    } else {
      me.own_->received.sleeps.add(1);
    }
    me.rouse_pump();
    return pump_later(self);
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
