// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "supervisor_impl.hpp"

#include <belfry/detail/copy.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

// How messages get to the plugin that is there, and from it.

namespace belfry {

using detail::incarnation;
using detail::outgoing;
using detail::user_message;
using type = supervisor_event::type;

namespace {

/// A request that waits for its reply, as the receiver knows it.
class asked final : public detail::async_request {
 public:
  asked(boost::asio::any_io_executor executor, std::shared_ptr<user_message> m)
      : async_request(std::move(executor)), message_(std::move(m)) {}

  void take(const message_view& reply, error_code& ec) noexcept override { size_ = message_->take_answer(reply, ec); }

 private:
  std::shared_ptr<user_message> message_;
};

}  // namespace

void supervisor::impl::pump_out() {
  const auto inc = here;
  if (!inc || inc->over || !inc->ready || inc->reserving || inc->told_to_end) return;
  auto& sender = inc->state().out;
  out.released(sender.released());
  while (const auto next = out.next()) {
    const auto m = std::static_pointer_cast<user_message>(next);
    if (m->what == outgoing::form::reply && m->incarnation != inc->number) {
      out.drop_next();
      fail(m, error::peer_dead);
      continue;
    }
    error_code ec;
    const auto room = sender.try_reserve(m->size(), ec);
    if (room.data() != nullptr) {
      commit(*inc, m, room);
      continue;
    }
    if (inc->state().line.state() != detail::link_state::open) return channel_over(inc);
    if (ec) {
      out.drop_next();
      fail(m, ec);
      continue;
    }
    inc->reserving = true;
    ++inc->pending;
    inc->p.channel().sender().async_reserve(m->size(),
                                            [self = shared_from_this(), inc](error_code, std::span<std::byte>) {
                                              // What is to be sent may be another message by now. Whatever it is, it is looked at again.
                                              inc->reserving = false;
                                              self->pump_out();
                                              self->done(inc);
                                            });
    return;
  }
  if (stopping && out.empty()) return tell_to_end(inc);
  if (out.holds_back() && !inc->draining && sender.released() != sender.position()) {
    inc->draining = true;
    ++inc->pending;
    inc->p.channel().sender().async_wait_drained([self = shared_from_this(), inc](error_code) {
      inc->draining = false;
      self->pump_out();
      self->done(inc);
    });
  }
}

void supervisor::impl::commit(incarnation& inc, const std::shared_ptr<user_message>& m, std::span<std::byte> room) {
  auto& s = inc.state();
  const bool request = m->what == outgoing::form::request;
  if (request) m->number = s.in.next_request();
  if (m->overhead() != 0) std::memcpy(room.data(), &m->number, m->overhead());
  detail::gather(room.subspan(m->overhead()), m->buffers);
  const auto begin = s.out.position();
  if (request) {
    // It must be known before it can be answered.
    auto on_answer = [self = shared_from_this(), alive = here, m](error_code ec, std::size_t size) {
      self->answered(alive, m, ec, size);
      self->done(alive);
    };
    const std::shared_ptr<detail::receiver_state> receiver(inc.p.channel().state(), &s.in);
    auto waits = std::make_shared<asked>(strand, m);
    error_code ec;
    detail::receiver_state::start_pump(receiver, ec);
    constexpr bool at_home = true;  // the strand is the executor of the plugin's channel, too
    if (!ec && !waits->handler(std::move(on_answer), at_home))
      ec = make_error_code(boost::system::errc::not_enough_memory);
    if (ec) {
      s.out.abandon();
      out.drop_next();
      return fail(m, ec);
    }
    ++inc.pending;
    detail::receiver_state::async_await_reply(receiver, m->number, std::move(waits));
  }
  s.out.commit(room.size(), m->kind, m->flags());
  out.committed(begin, s.out.position());
  m->given = true;
  if (inc.first_end == 0) inc.first_end = s.out.position();
  count([&](auto& f) { ++(m->again ? f.redelivered : f.sent); });
  if (m->on_sent) complete(std::move(m->on_sent), error_code());
  if (!request) m->work = {};
}

void supervisor::impl::answered(const incarnation_ptr& inc, const std::shared_ptr<user_message>& m, error_code ec,
                                std::size_t size) {
  if (m->withdrawn) return;
  const bool died = ec == error::peer_dead || ec == error::closed || ec == error::protocol_violation;
  if (died) return;  // what becomes of it is decided when the plugin is buried
  if (!ec) inc->answered = true;
  out.answered(m);
  m->work = {};
  complete(std::exchange(m->on_answer, nullptr), ec, size);
  pump_out();
}

void supervisor::impl::withdraw(const std::shared_ptr<user_message>& m) {
  if (!m->on_sent && !m->on_answer) return;
  out.withdraw(m);
  if (here && m->what == outgoing::form::request && m->number != request_id::none)
    here->state().in.fail_request(m->number, boost::asio::error::operation_aborted);
  fail(m, boost::asio::error::operation_aborted);
  pump_out();
}

void supervisor::impl::fail(const item& i, error_code ec) {
  auto& m = static_cast<user_message&>(*i);
  if (abandoned) ec = boost::asio::error::operation_aborted;
  if (tells_of_losses && m.given && ec != error::set_aside && ec != boost::asio::error::operation_aborted) {
    count([](auto& f) { ++f.undelivered; });
    tell_of(event(type::undelivered), m, ec);
  }
  m.work = {};
  if (m.on_sent) complete(std::exchange(m.on_sent, nullptr), ec);
  if (m.on_answer) complete(std::exchange(m.on_answer, nullptr), ec, std::size_t{0});
}

supervisor::impl::item supervisor::impl::fetch(incarnation& inc, std::uint64_t position) {
  const auto [kind, bytes] = inc.state().out.message_at(position);
  auto m = std::make_shared<user_message>(outgoing::form::message, kind);
  m->taken.assign(bytes.begin(), bytes.end());
  m->buffers = {boost::asio::buffer(m->taken)};
  m->given = true;
  return m;
}

void supervisor::impl::pump_in() {
  if (here) look_for_readiness(*here);
  while (!receivers.empty()) {
    if (!left.empty()) {
      const auto one = std::move(receivers.front());
      receivers.pop_front();
      const auto& message = left.front();
      if (!one->give(message.view(), message.incarnation)) continue;
      count([](auto& f) { ++f.received; });
      left_bytes -= message.bytes.size();
      left.pop_front();
      continue;
    }
    if (here && give_next(*here)) continue;
    if (now != phase::finished) break;
    for (const auto& one : std::exchange(receivers, {})) one->fail(ended_with);
  }
  if (held_up && !too_much_left()) {
    held_up = false;
    if (now == phase::waiting && !stopping) launch_next();
  }
  if (here && !here->over && !here->silent && !here->peeking) {
    const bool readiness_may_come = !here->ready && options.ready_kind && !too_much_left();
    if (!receivers.empty() || readiness_may_come) peek(here);
  }
}

/// Waits for a message, and leaves it there.
void supervisor::impl::peek(const incarnation_ptr& inc) {
  inc->peeking = true;
  ++inc->pending;
  inc->p.channel().receiver().async_peek([self = shared_from_this(), inc](error_code, const message_view&) {
    inc->peeking = false;
    if (inc->state().line.state() != detail::link_state::open) self->channel_over(inc);
    self->pump_in();
    self->done(inc);
  });
}

/// Hands a message of the plugin to the first who waits. False: there is none.
bool supervisor::impl::give_next(incarnation& inc) {
  error_code ec;
  auto& in = inc.state().in;
  const auto message = in.try_peek(ec);
  if (!message && !ec) return false;
  if (ec == error::closed || inc.state().line.state() != detail::link_state::open) {
    if (!message) inc.silent = true;
    if (inc.silent) return false;
  }
  if (is_readiness(inc, message)) {  // it came since that was looked for
    in.release();
    if (!inc.over) become_ready(inc);
    return true;
  }
  const auto one = std::move(receivers.front());
  receivers.pop_front();
  if (ec) {
    // It is there, and cannot be looked at, for want of memory for one.
    one->fail(ec);
  } else if (one->give(message, inc.number)) {
    count([](auto& f) { ++f.received; });
    in.release();
  }
  return true;
}

bool supervisor::impl::is_readiness(const incarnation& inc, const message_view& message) const noexcept {
  return message && !inc.ready && options.ready_kind && message.kind() == *options.ready_kind &&
         message.request() == request_id::none;
}

/// What the plugin says before it says that it is ready is kept, since nobody may receive it yet.
void supervisor::impl::look_for_readiness(incarnation& inc) {
  auto& in = inc.state().in;
  error_code ec;
  while (options.ready_kind && !inc.ready && !inc.over && !too_much_left()) {
    const auto message = in.try_peek(ec);
    if (!message) return;
    const bool it_is = is_readiness(inc, message);
    if (!it_is) keep(message, inc.number);
    in.release();
    if (it_is) become_ready(inc);
  }
}

/// What the plugin has committed is received, though it is gone; its memory need not stay for that.
void supervisor::impl::keep_what_it_sent(incarnation& inc) {
  auto& in = inc.state().in;
  error_code ec;
  while (const auto message = in.try_peek(ec)) {
    if (!is_readiness(inc, message)) keep(message, inc.number);
    in.release();
  }
}

void supervisor::impl::keep(const message_view& message, std::uint64_t number) {
  left.push_back({{message.bytes().begin(), message.bytes().end()}, message.kind(), message.request(), number});
  left_bytes += message.size();
}

}  // namespace belfry
