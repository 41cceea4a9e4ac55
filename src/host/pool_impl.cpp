// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "pool_impl.hpp"

#include "supervisor_impl.hpp"

#include <belfry/diagnostics.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/prefer.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace belfry {

using std::chrono::steady_clock;
using type = supervisor_event::type;

/// A plugin may leave between two requests, and the next one may be on its way by then. But one that leaves over each
/// request that it is given must not go on like that for ever: from here on that counts as a death.
constexpr unsigned most_left_behind = 10;

plugin_pool::impl::impl(boost::asio::any_io_executor e, launch_options w, pool_options o)
    : executor(std::move(e)),
      strand(boost::asio::make_strand(executor)),
      what(std::move(w)),
      options(std::move(o)),
      scheduler(options),
      timer(strand) {
  if (what.name.empty()) what.name = what.executable.filename().native();
  options.most_deaths = std::max(options.most_deaths, 1U);
}

boost::asio::any_io_executor plugin_pool::impl::tracked() const {
  return boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked);
}

void plugin_pool::impl::start() {
  if (now != phase::idle) return;
  now = phase::running;
  program =
      detail::posix::executable_identity::of(detail::posix::executable_file(what.executable, what.working_directory));
  watch();
  look();
}

// Requests.

void plugin_pool::impl::add(const request_ptr& r) {
  if (abandoned) return complete_request(r, boost::asio::error::operation_aborted, 0);
  if (now == phase::stopping || now == phase::finished) return complete_request(r, ended_with, 0);
  waiting.push_back(r);
  start();
  look();
}

void plugin_pool::impl::withdraw(const request_ptr& r) {
  if (!r->handler) return;
  std::erase(waiting, r);
  complete_request(r, boost::asio::error::operation_aborted, 0);
  r->cancel.emit(boost::asio::cancellation_type::terminal);
  update();
}

void plugin_pool::impl::look() {
  if (now != phase::running) return update();
  while (!waiting.empty()) {
    const auto r = waiting.front();
    const bool alone = options.requests_at_once > 1 && r->deaths != 0 && r->deaths + 1 == options.most_deaths;
    const auto where = scheduler.place(alone);
    if (!where) break;
    waiting.pop_front();
    give(r, *where);
  }
  using step = detail::pool_scheduler::step;
  for (;;) {
    const auto change = scheduler.next(waiting.size(), steady_clock::now());
    if (change.what == step::nothing) break;
    if (change.what == step::add) launch(change.which);
    else if (scheduler.idle(change.which)) retire(change.which);
  }
  update();
}

void plugin_pool::impl::give(const request_ptr& r, number n) {
  ++under_way;
  auto back = [self = shared_from_this(), r, n](error_code ec, std::size_t size) { self->given_back(r, n, ec, size); };
  plugins.at(n).start_request(boost::asio::bind_cancellation_slot(r->cancel.slot(), std::move(back)), r->buffers,
                              r->kind, [r](const message_view& reply, error_code& ec) {
                                return r->handler ? r->take(reply, ec) : std::size_t{0};  // else the target may be gone
                              });
}

void plugin_pool::impl::given_back(const request_ptr& r, number n, error_code ec, std::size_t size) {
  --under_way;
  scheduler.finished(n, steady_clock::now());
  const bool goes_on = now == phase::running && !abandoned;
  if (!r->handler) {
    // It was cancelled.
  } else if (ec == error::peer_dead && goes_on) {
    died_over(r, n);
  } else if (ec == error::closed && goes_on && ++r->left_behind > most_left_behind) {
    died_over(r, n);
  } else if ((ec == error::closed || ec == error::gave_up) && goes_on) {
    waiting.push_front(r);  // the plugin never had it, or said goodbye before it looked
  } else {
    if (!ec) count([](auto& f) { ++f.answered; });
    complete_request(r, ec, size);
  }
  if (plugins.contains(n) && scheduler.leaving(n) && scheduler.idle(n)) retire(n);
  look();
}

void plugin_pool::impl::died_over(const request_ptr& r, number n) {
  if (++r->deaths < options.most_deaths) {
    count([](auto& f) { ++f.again; });
    waiting.push_front(r);
    return;
  }
  count([](auto& f) { ++f.set_aside; });
  supervisor_event e;
  e.what = type::set_aside;
  e.plugin = what.name;
  if (const auto end = last_ends.find(n); end != last_ends.end()) {
    e.plugin = end->second.plugin;
    e.incarnation = end->second.incarnation;
    e.status = end->second.status;
    e.unresponsive = end->second.unresponsive;
  }
  e.ec = error::set_aside;
  e.kind = r->kind;
  e.request = true;
  e.deaths = r->deaths;
  e.bytes.resize(boost::asio::buffer_size(r->buffers));
  boost::asio::buffer_copy(boost::asio::buffer(e.bytes), r->buffers);
  e.message = "plugin " + e.plugin + " is not given a request of " + std::to_string(e.bytes.size()) + " bytes, kind " +
              std::to_string(e.kind) + ", again, over which " + std::to_string(e.deaths) + " died";
  diagnostic d;
  d.level = severity::error;
  d.source = subsystem::supervisor;
  d.kind = event_kind::message_set_aside;
  d.peer = e.plugin;
  d.message = e.message;
  report(d);
  tell(e);
  complete_request(r, error::set_aside, 0);
}

void plugin_pool::impl::complete_request(const request_ptr& r, error_code ec, std::size_t size) {
  if (!r->handler) return;
  r->work = {};
  complete(std::exchange(r->handler, nullptr), ec, size);
}

void plugin_pool::impl::fail_waiting(error_code ec) {
  ended_with = ec;
  for (const auto& r : std::exchange(waiting, {})) complete_request(r, ec, 0);
}

// Plugins.

void plugin_pool::impl::launch(number n) {
  supervisor_options o;
  o.restarts = options.restarts;
  o.redelivery = redelivery::at_most_once;  // the pool sees to it, and may have another plugin at hand
  o.most_deaths = 0;
  o.unresponsive_after = options.unresponsive_after;
  o.ready_kind = options.ready_kind;
  o.ready_timeout = options.ready_timeout;
  o.on_event = [weak = weak_from_this(), n](const supervisor_event& e) {
    if (const auto self = weak.lock()) self->happened(n, e);
  };
  auto named = what;
  named.name += "/" + std::to_string(n);
  auto& s = plugins.emplace(n, supervisor(strand, std::move(named), std::move(o))).first->second;
  s.impl_->tells_of_losses = false;
  drop_messages(n);
  s.async_run([self = shared_from_this(), n](error_code) { self->retired(n); });
}

/// So that one that says something else than replies is not kept from going on.
void plugin_pool::impl::drop_messages(number n) {
  plugins.at(n).start_receive(
      [self = shared_from_this(), n](error_code ec, std::size_t) {
        if (!ec && self->plugins.contains(n)) self->drop_messages(n);
      },
      [](const message_view&, error_code&) { return std::size_t{0}; });
}

void plugin_pool::impl::happened(number n, const supervisor_event& e) {
  if (!plugins.contains(n)) return;
  switch (e.what) {
    case type::started: count([](auto& f) { ++f.started; }); break;
    case type::ready:
      scheduler.ready(n, steady_clock::now());
      look();
      break;
    case type::ended:
      if (e.failed) count([](auto& f) { ++f.failures; });
      last_ends[n] = e;
      scheduler.not_ready(n);
      update();
      break;
    case type::undelivered: return;
    default: break;
  }
  tell(e);
}

/// It has nothing to do, and shall end.
void plugin_pool::impl::retire(number n) {
  if (!retiring.insert(n).second) return;
  plugins.at(n).async_stop([self = shared_from_this()](error_code) {});
}

/// It is gone for good.
void plugin_pool::impl::retired(number n) {
  const bool wanted = retiring.erase(n) != 0;
  const bool replaced = wanted && scheduler.replaced(n);
  scheduler.gone(n);
  plugins.erase(n);
  last_ends.erase(n);
  if (replaced) count([](auto& f) { ++f.replaced; });
  if (!wanted && now == phase::running && scheduler.ready_ones() == 0) give_up();
  else look();
  finish_if_all_are_gone();
}

void plugin_pool::impl::give_up() {
  now = phase::stopping;
  fail_waiting(error::gave_up);
  timer.cancel();
  for (auto& [n, s] : plugins) retire(n);
}

void plugin_pool::impl::stop() {
  if (now == phase::stopping || now == phase::finished) return;
  now = phase::stopping;
  fail_waiting(abandoned ? error_code(boost::asio::error::operation_aborted) : error_code(error::closed));
  timer.cancel();
  for (auto& [n, s] : plugins) retire(n);
  finish_if_all_are_gone();
}

void plugin_pool::impl::abandon() {
  stop();
  plugins.clear();  // what they have been given comes back, aborted
  retiring.clear();
  finish_if_all_are_gone();
}

void plugin_pool::impl::finish_if_all_are_gone() {
  update();
  if (now != phase::stopping || !plugins.empty()) return;
  now = phase::finished;
  for (const auto& one : std::exchange(stops, {})) complete(std::move(one->handler), error_code());
}

/// Looks at the program, and for plugins that have had nothing to do for long.
void plugin_pool::impl::watch() {
  const auto most = std::max(options.idle_after, std::chrono::milliseconds(10));
  const auto check = options.check_program_every;
  timer.expires_after(check.count() != 0 ? std::min(most, std::max(check, std::chrono::milliseconds(1))) : most);
  timer.async_wait([self = shared_from_this()](error_code ec) {
    if (ec || self->now != phase::running) return;
    if (self->options.check_program_every.count() != 0) self->look_at_program();
    self->look();
    self->watch();
  });
}

void plugin_pool::impl::look_at_program() {
  const auto seen =
      detail::posix::executable_identity::of(detail::posix::executable_file(what.executable, what.working_directory));
  if (!seen || seen == program) return;
  const bool changed = program.has_value();
  program = seen;
  if (changed) renew();
}

void plugin_pool::impl::renew() {
  if (now != phase::running) return;
  scheduler.renew();
  look();
}

void plugin_pool::impl::tell(const supervisor_event& e) {
  if (options.on_event && !abandoned) options.on_event(e);
}

void plugin_pool::impl::update() {
  count([&](auto& f) {
    f.plugins = plugins.size();
    f.ready = scheduler.ready_ones();
    f.under_way = under_way;
    f.waiting = waiting.size();
  });
}

}  // namespace belfry
