// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "supervisor_impl.hpp"

#include <belfry/detail/deadline.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/prefer.hpp>

#include <utility>

// How plugins come and go.

namespace belfry {

using detail::incarnation;
using state = supervisor_stats::state;
using type = supervisor_event::type;

supervisor::impl::impl(boost::asio::any_io_executor e, boost::asio::io_context* c, launch_options w,
                       supervisor_options o)
    : executor(std::move(e)),
      strand(boost::asio::make_strand(executor)),
      own(c),
      what(std::move(w)),
      options(std::move(o)),
      launch(strand),
      random(std::random_device()()),
      planner(options.restarts, [this] { return std::uniform_real_distribution<double>()(random); }),
      out(options.redelivery, options.most_deaths),
      restart_timer(strand) {
  if (what.name.empty()) what.name = what.executable.filename().native();
}

boost::asio::any_io_executor supervisor::impl::tracked() const {
  return boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked);
}

void supervisor::impl::start() {
  if (now != phase::idle || stopping) return;
  launch_next();
}

void supervisor::impl::launch_next() {
  now = phase::starting;
  const bool first = attempts++ == 0;
  count([&](auto& f) {
    f.now = state::starting;
    if (!first) ++f.restarts;
  });
  launch.async_launch(what, boost::asio::bind_cancellation_slot(abort_launch.slot(),
                                                                [self = shared_from_this()](error_code ec, plugin p) {
                                                                  self->launched(ec, std::move(p));
                                                                }));
}

void supervisor::impl::launched(error_code ec, plugin p) {
  if (!ec) return begin(std::move(p));
  if (stopping) return finish(error::closed, {}, event(type::stopped));
  count([](auto& f) { ++f.failures; });
  auto e = event(type::ended);
  e.ec = ec;
  e.failed = true;
  tell(std::move(e));
  plan_after(true, false, {});
}

void supervisor::impl::begin(plugin p) {
  now = phase::running;
  here = std::make_shared<incarnation>(strand, std::move(p), ++last_number, options.unresponsive_after);
  const auto inc = here;
  count([&](auto& f) {
    f.now = state::running;
    f.incarnation = inc->number;
    f.pid = inc->p.pid();
    inc->state().show_restarts(f.restarts);
  });
  ++inc->pending;
  inc->p.async_wait_exit(boost::asio::bind_cancellation_slot(
      inc->waiting_for_end.slot(), [self = shared_from_this(), inc](error_code ec, const exit_status& status) {
        self->exited(inc, ec, status);
        self->done(inc);
      }));
  watch_line(inc);
  watch_health(inc);
  tell(event(type::started));
  if (stopping) {
    limit_ending(inc);
    return tell_to_end(inc);
  }
  if (!options.ready_kind) return become_ready(*inc);
  limit_readiness(inc);
  pump_in();
}

void supervisor::impl::become_ready(incarnation& inc) {
  inc.ready = true;
  if (!inc.must_end && !inc.killed) inc.limit.cancel();
  count([](auto& f) { f.ready = true; });
  tell(event(type::ready));
  complete_all(&impl::readies, {});
  pump_out();
  pump_in();
}

void supervisor::impl::stop() {
  if (stopping || now == phase::finished) return;
  stopping = true;
  // What no plugin has been given yet is the user's again. What a dead one had been given still goes to its successor.
  for (const auto& i : out.take_all()) {
    auto& m = static_cast<detail::user_message&>(*i);
    if (m.again && here && !here->over) out.add(i);
    else fail(i, error::closed);
  }
  switch (now) {
    case phase::idle: return finish(error::closed, {}, event(type::stopped));
    case phase::starting: return abort_launch.emit(boost::asio::cancellation_type::terminal);
    case phase::running: {
      const auto inc = here;
      limit_ending(inc);
      return tell_to_end(inc);
    }
    case phase::waiting: restart_timer.cancel(); return finish(error::closed, {}, event(type::stopped));
    case phase::finished: return;
  }
}

void supervisor::impl::abandon() {
  for (const auto& one : std::exchange(receivers, {})) one->fail(boost::asio::error::operation_aborted);
  for (const auto& i : out.take_all()) fail(i, boost::asio::error::operation_aborted);
  complete_all(&impl::readies, boost::asio::error::operation_aborted);
  stop();
}

void supervisor::impl::channel_over(const incarnation_ptr& inc) {
  if (std::exchange(inc->over, true)) return;
  count([](auto& f) {
    f.ready = false;
    f.now = state::ending;
  });
  inc->tick.cancel();
  error_code ignored;
  inc->line.close(ignored);
  if (inc->status) return;
  // One that has hung up can be of no more use, and has still what it was given.
  if (inc->state().line.state() == detail::link_state::peer_closed) limit_ending(inc);
  else kill(inc);
}

void supervisor::impl::exited(const incarnation_ptr& inc, error_code ec, const exit_status& status) {
  inc->status = status;
  if (inc->left_running) {
    inc->status = exit_status{exit_status::unknown};
  } else if (ec) {  // there was no descriptor left to wait with
    inc->p.kill(ec);
    inc->status = inc->p.wait(ec);
  }
  channel_over(inc);
  inc->limit.cancel();
}

void supervisor::impl::done(const incarnation_ptr& inc) {
  // Replies that it sent before its death are on their way to their requests until nothing is pending any more.
  if (--inc->pending == 0 && inc->status && inc == here) bury(inc);
}

void supervisor::impl::bury(const incarnation_ptr& inc) {
  auto autopsy = examine(*inc);
  keep_what_it_sent(*inc);
  auto& s = inc->state();
  const auto released = s.out.released();
  const bool goodbye = s.line.state() == detail::link_state::peer_closed;
  const bool failed = !goodbye || !inc->status->success() || inc->unresponsive || inc->late;
  const bool got_something_done =
      inc->answered || s.in.messages() != 0 || (inc->first_end != 0 && released >= inc->first_end);
  // If it was to end, and did not in time, nothing that it had in its hands is to blame.
  const auto toll =
      out.died(released, failed && !inc->must_end, [&](std::uint64_t position) { return fetch(*inc, position); });
  const auto lived = std::chrono::steady_clock::now() - inc->born;

  auto e = event(type::ended);
  e.status = inc->status;
  e.unresponsive = inc->unresponsive || inc->late;
  e.failed = failed && !stopping;
  e.autopsy = std::move(autopsy);
  e.autopsy_file = inc->p.autopsy_file();
  inc->p = plugin();
  here.reset();
  count([&](auto& f) {
    f.pid = 0;
    if (e.failed) ++f.failures;
  });
  const bool counts = e.failed;
  const auto end = e;
  tell(std::move(e));
  for (const auto& i : toll.again) {
    auto& m = static_cast<detail::user_message&>(*i);
    m.again = true;
    m.number = request_id::none;
  }
  for (const auto& i : toll.set_aside) {
    count([](auto& f) { ++f.set_aside; });
    auto aside = event(type::set_aside);
    aside.status = end.status;
    aside.unresponsive = end.unresponsive;
    tell_of(std::move(aside), static_cast<detail::user_message&>(*i), error::set_aside);
    fail(i, error::set_aside);
  }
  // A pool must know whom to blame: what a plugin left behind that went by itself has killed nobody.
  const auto lost = !failed && !tells_of_losses ? error::closed : error::peer_dead;
  for (const auto& i : toll.lost) fail(i, lost);
  pump_in();
  if (stopping) return finish(error::closed, {}, event(type::stopped));
  plan_after(counts, got_something_done, lived);
}

void supervisor::impl::plan_after(bool failed, bool got_something_done, std::chrono::nanoseconds lived) {
  using step = detail::restart_planner::step;
  const auto plan = planner.after({failed, got_something_done, lived}, std::chrono::steady_clock::now());
  switch (plan.next) {
    case step::restart: return wait_for_restart(plan.delay);
    case step::rest: {
      auto e = event(failed ? type::gave_up : type::stopped);
      return finish(error::gave_up, failed ? error_code(error::gave_up) : error_code(), std::move(e));
    }
    case step::give_up: {
      auto e = event(type::gave_up);
      e.message = plan.why;
      return finish(error::gave_up, error::gave_up, std::move(e));
    }
  }
}

void supervisor::impl::wait_for_restart(std::chrono::milliseconds delay) {
  now = phase::waiting;
  count([](auto& f) { f.now = state::waiting; });
  auto e = event(type::restarting);
  e.delay = delay;
  tell(std::move(e));
  restart_timer.expires_at(detail::time_after(delay));
  restart_timer.async_wait([self = shared_from_this()](error_code ec) {
    if (ec || self->now != phase::waiting || self->stopping) return;
    // A plugin that talks much and dies often must not fill our memory if nobody listens.
    self->held_up = self->too_much_left();
    if (!self->held_up) self->launch_next();
  });
}

void supervisor::impl::finish(error_code for_operations, error_code for_run, supervisor_event e) {
  if (abandoned) for_operations = for_run = boost::asio::error::operation_aborted;
  now = phase::finished;
  ended_with = for_operations;
  run_ended_with = for_run;
  count([](auto& f) {
    f.now = state::finished;
    f.ready = false;
  });
  for (const auto& i : out.take_all()) fail(i, for_operations);
  complete_all(&impl::readies, for_operations);
  tell(std::move(e));
  complete_all(&impl::runs, for_run);
  complete_all(&impl::stops, left_running);
  pump_in();
}

}  // namespace belfry
