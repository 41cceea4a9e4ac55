// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../posix/above_streams.hpp"
#include "supervisor_impl.hpp"

#include <belfry/detail/deadline.hpp>

#include <cstring>
#include <utility>

// How a plugin is watched, and ended.

namespace belfry {

using detail::incarnation;
using type = supervisor_event::type;

void supervisor::impl::watch_line(const incarnation_ptr& inc) {
  if (!inc->line.is_open()) {
    // A descriptor of our own: the channel waits for its own in another way. Without one, other operations tell of the end.
    auto copy = detail::posix::copy_above_streams(inc->state().line.native_handle());
    error_code ec;
    if (copy) inc->line.assign(copy.get(), ec);
    if (!copy || ec) return;
    copy.release();
  }
  ++inc->pending;
  inc->line.async_wait(boost::asio::posix::descriptor_base::wait_read, [self = shared_from_this(), inc](error_code ec) {
    if (!ec && !inc->over) {
      inc->state().line.listen();
      if (inc->state().line.state() != detail::link_state::open) self->channel_over(inc);
      else self->watch_line(inc);
    }
    self->done(inc);
  });
}

void supervisor::impl::watch_health(const incarnation_ptr& inc) {
  if (inc->health.interval().count() == 0) return;
  ++inc->pending;
  inc->tick.expires_after(inc->health.interval());
  inc->tick.async_wait([self = shared_from_this(), inc](error_code ec) {
    if (!ec && !inc->over && self->look_after(inc, std::chrono::steady_clock::now())) self->watch_health(inc);
    self->done(inc);
  });
}

bool supervisor::impl::look_after(const incarnation_ptr& inc, std::chrono::steady_clock::time_point time) {
  auto& s = inc->state();
  error_code ignored;
  const bool unread = static_cast<bool>(s.in.try_peek(ignored));
  const detail::health_monitor::sight sight{s.out.position(), s.out.released(), s.in.messages(),
                                            unread && s.in.peer_waits_for_room()};
  switch (inc->health.look(sight, time)) {
    case detail::health_monitor::verdict::lives: return true;
    case detail::health_monitor::verdict::ask: {
      const auto number = detail::message_header::sign_of_life;
      const auto room = s.out.try_reserve(sizeof number, ignored);
      if (room.data() == nullptr) return true;
      const auto begin = s.out.position();
      std::memcpy(room.data(), &number, sizeof number);
      s.out.commit(sizeof number, 0, detail::message_header::reply);
      out.committed_other(begin, s.out.position());
      return true;
    }
    case detail::health_monitor::verdict::dead: break;
  }
  inc->unresponsive = true;
  count([](auto& f) { ++f.unresponsive; });
  tell(event(type::unresponsive));
  kill(inc);
  return false;
}

void supervisor::impl::limit_readiness(const incarnation_ptr& inc) {
  ++inc->pending;
  inc->limit.expires_at(detail::time_after(options.ready_timeout));
  inc->limit.async_wait([self = shared_from_this(), inc](error_code ec) {
    if (!ec && !inc->ready && !inc->over && !inc->must_end) {
      inc->late = true;
      self->kill(inc);
    }
    self->done(inc);
  });
}

/// From here on the plugin has so long to end by itself; then it is asked to, and then made to.
void supervisor::impl::limit_ending(const incarnation_ptr& inc) {
  if (std::exchange(inc->must_end, true) || inc->killed || inc->status) return;
  after(inc, what.stop.goodbye, &impl::ask_to_end);
}

void supervisor::impl::ask_to_end(const incarnation_ptr& inc) {
  if (what.stop.terminate.count() <= 0) return kill(inc);
  error_code ec;
  inc->p.request_exit(ec);
  if (ec) return kill(inc);
  after(inc, what.stop.terminate, &impl::kill);
}

void supervisor::impl::kill(const incarnation_ptr& inc) {
  if (std::exchange(inc->killed, true) || inc->status) return;
  error_code ec;
  inc->p.kill(ec);
  if (ec) return leave_running(inc);
  after(inc, what.stop.kill, &impl::leave_running);
}

/// Nobody waits any more for one that cannot be killed.
void supervisor::impl::leave_running(const incarnation_ptr& inc) {
  constexpr std::chrono::milliseconds none{0};
  inc->p.stop({none, none, none}, left_running);  // tells of it
  if (!left_running) return;                      // it has ended at the last moment
  inc->left_running = true;
  inc->waiting_for_end.emit(boost::asio::cancellation_type::terminal);
}

void supervisor::impl::after(const incarnation_ptr& inc, std::chrono::milliseconds limit,
                             void (impl::*next)(const incarnation_ptr&)) {
  ++inc->pending;
  inc->limit.expires_at(detail::time_after(limit));
  inc->limit.async_wait([self = shared_from_this(), inc, next](error_code ec) {
    if (!ec && !inc->status) (self.get()->*next)(inc);
    self->done(inc);
  });
}

/// Once all that is the supervisor's has been sent. The plugin reads to the end, and may answer.
void supervisor::impl::tell_to_end(const incarnation_ptr& inc) {
  if (inc->told_to_end || inc->over || (inc->ready && !out.empty())) return;
  inc->told_to_end = true;
  error_code ec;
  inc->state().out.finish(ec);
  if (ec && inc->state().line.state() == detail::link_state::open) kill(inc);
}

}  // namespace belfry
