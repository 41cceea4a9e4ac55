// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "supervisor_impl.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/error.hpp>

#include <condition_variable>
#include <utility>

namespace belfry {

using detail::outgoing;
using detail::user_message;

// Handlers are swapped into their places: the move assignment of Boost 1.81's any_completion_handler calls itself for ever.

namespace {

/// Lets `handler`'s operation be cancelled by `act`, in the strand of `i`. What is in the slot may stay there longer than
/// the operation waits.
template <class Handler, class Act>
void on_cancel(Handler& handler, supervisor::impl& i, Act act) {
  auto slot = boost::asio::get_associated_cancellation_slot(handler);
  if (!slot.is_connected()) return;
  slot.assign([weak = i.weak_from_this(), act = std::move(act)](boost::asio::cancellation_type) {
    if (const auto self = weak.lock()) self->in_strand(act);
  });
}

/// Receives into a buffer of the user's.
struct receiving_into final : detail::receiving {
  supervisor::impl& home;
  boost::asio::any_completion_handler<void(error_code, std::size_t)> handler;
  std::function<std::size_t(const message_view&, error_code&)> take;

  explicit receiving_into(supervisor::impl& i) : home(i) {}

  bool give(const message_view& message, std::uint64_t) override {
    error_code ec;
    const std::size_t size = take(message, ec);
    home.complete(std::move(handler), ec, size);
    return !ec;
  }
  void fail(const error_code& ec) override { home.complete(std::move(handler), ec, std::size_t{0}); }
};

/// Receives all that belongs to a message.
struct receiving_whole final : detail::receiving {
  supervisor::impl& home;
  boost::asio::any_completion_handler<void(error_code, supervised_message)> handler;

  explicit receiving_whole(supervisor::impl& i) : home(i) {}

  bool give(const message_view& message, std::uint64_t incarnation) override {
    const auto bytes = message.bytes();
    supervised_message whole{{bytes.begin(), bytes.end()}, message.kind(), message.request(), incarnation};
    home.complete(std::move(handler), error_code(), std::move(whole));
    return true;
  }
  void fail(const error_code& ec) override { home.complete(std::move(handler), ec, supervised_message()); }
};

/// Puts one who wants to receive at the end of the row.
template <class Receiving, class Handler>
void wait_for_message(supervisor::impl& i, std::shared_ptr<Receiving> one, Handler handler) {
  one->work = i.tracked();
  on_cancel(handler, i, [weak = std::weak_ptr<Receiving>(one)](supervisor::impl& me) {
    const auto who = weak.lock();
    if (!who || std::erase(me.receivers, who) == 0) return;
    who->fail(boost::asio::error::operation_aborted);
  });
  one->handler.swap(handler);
  i.in_strand([one](supervisor::impl& me) {
    if (me.abandoned) return one->fail(boost::asio::error::operation_aborted);
    me.receivers.push_back(one);
    me.pump_in();
  });
}

/// Puts a message at the end of the row.
void hand_over(supervisor::impl& i, const std::shared_ptr<user_message>& m) {
  m->work = i.tracked();
  i.in_strand([m](supervisor::impl& me) {
    if (me.abandoned) return me.fail(m, boost::asio::error::operation_aborted);
    if (me.now == supervisor::impl::phase::finished) return me.fail(m, me.ended_with);
    if (me.stopping) return me.fail(m, error::closed);
    me.out.add(m);
    me.pump_out();
  });
}

template <class Handler>
void cancel_with(Handler& handler, supervisor::impl& i, const std::shared_ptr<user_message>& m) {
  on_cancel(handler, i, [weak = std::weak_ptr<user_message>(m)](supervisor::impl& me) {
    if (const auto which = weak.lock()) me.withdraw(which);
  });
}

/// Somebody who blocks until an operation has completed.
struct blocked {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  error_code ec;
  std::size_t size = 0;
  boost::asio::cancellation_signal cancel;  // used in the strand only
};

/// Starts an operation, and waits until it has completed, or been cancelled since the time was up.
template <class Start>
std::size_t block(supervisor::impl& i, const detail::steady_deadline& deadline, error_code& ec, Start start) {
  const auto b = std::make_shared<blocked>();
  start(boost::asio::bind_cancellation_slot(b->cancel.slot(), [b](error_code result, std::size_t size = 0) {
    const std::lock_guard lock(b->mutex);
    b->done = true;
    b->ec = result;
    b->size = size;
    b->changed.notify_all();
  }));
  const auto wait = [&](const detail::steady_deadline& until) {
    if (i.own != nullptr) {
      while (!b->done) {
        if (i.own->stopped()) i.own->restart();
        if (!until) i.own->run_one();
        else if (i.own->run_one_until(*until) == 0 && std::chrono::steady_clock::now() >= *until) break;
      }
      return b->done;
    }
    std::unique_lock lock(b->mutex);
    const auto done = [&] { return b->done; };
    if (until) return b->changed.wait_until(lock, *until, done);
    b->changed.wait(lock, done);
    return true;
  };
  bool late = false;
  if (!wait(deadline)) {
    late = true;
    i.in_strand([b](supervisor::impl&) { b->cancel.emit(boost::asio::cancellation_type::terminal); });
    wait({});
  }
  ec = b->ec;
  if (late && ec == boost::asio::error::operation_aborted) ec = error::timed_out;
  return b->size;
}

}  // namespace

supervisor::supervisor(executor_type executor, launch_options what, supervisor_options options)
    : impl_(std::make_shared<impl>(std::move(executor), nullptr, std::move(what), std::move(options))) {}

supervisor::supervisor(launch_options what, supervisor_options options) {
  const auto own = std::make_shared<boost::asio::io_context>(1);
  context_ = own;
  impl_ = std::make_shared<impl>(own->get_executor(), own.get(), std::move(what), std::move(options));
}

supervisor::supervisor(supervisor&&) noexcept = default;

supervisor& supervisor::operator=(supervisor&& other) noexcept {
  if (this != &other) {
    const supervisor old(std::move(*this));
    impl_ = std::move(other.impl_);
    context_ = std::move(other.context_);
  }
  return *this;
}

supervisor::~supervisor() {
  if (!impl_) return;
  impl_->abandoned = true;
  impl_->in_strand([](impl& me) { me.abandon(); });
  // Nothing is left to be done when the plugin is gone.
  if (impl_->own != nullptr) {
    impl_->own->restart();
    impl_->own->run();
  }
}

void supervisor::impl::add_waiter(waiters impl::* list, plain_handler handler) {
  const auto one = std::make_shared<waiting_for>();
  one->work = tracked();
  on_cancel(handler, *this, [list, weak = std::weak_ptr<waiting_for>(one)](impl& me) {
    const auto who = weak.lock();
    if (!who || std::erase(me.*list, who) == 0) return;
    me.complete(std::move(who->handler), error_code(boost::asio::error::operation_aborted));
  });
  one->handler.swap(handler);
  in_strand([list, one](impl& me) {
    const auto at_once = [&](const error_code& ec) { me.complete(std::move(one->handler), ec); };
    if (list == &impl::runs) me.start();
    if (list == &impl::stops) me.stop();
    if (me.now == phase::finished) {
      if (list == &impl::stops) return at_once(me.left_running);
      return at_once(list == &impl::runs ? me.run_ended_with : me.ended_with);
    }
    if (list == &impl::readies && me.here && me.here->ready && !me.here->over) return at_once({});
    (me.*list).push_back(one);
  });
}

void supervisor::impl::complete_all(waiters impl::* list, error_code ec) {
  for (const auto& one : std::exchange(this->*list, {})) complete(std::move(one->handler), ec);
}

void supervisor::start() {
  impl_->in_strand([](impl& me) { me.start(); });
}

void supervisor::start_run(plain_handler handler) { impl_->add_waiter(&impl::runs, std::move(handler)); }
void supervisor::start_wait_ready(plain_handler handler) { impl_->add_waiter(&impl::readies, std::move(handler)); }
void supervisor::start_stop(plain_handler handler) { impl_->add_waiter(&impl::stops, std::move(handler)); }

void supervisor::start_send(plain_handler handler, buffers_type buffers, std::uint16_t kind) {
  const auto m = std::make_shared<user_message>(outgoing::form::message, kind);
  m->buffers = std::move(buffers);
  cancel_with(handler, *impl_, m);
  m->on_sent.swap(handler);
  hand_over(*impl_, m);
}

void supervisor::start_request(size_handler handler, buffers_type buffers, std::uint16_t kind, taker take) {
  const auto m = std::make_shared<user_message>(outgoing::form::request, kind);
  m->buffers = std::move(buffers);
  m->take_answer = std::move(take);
  cancel_with(handler, *impl_, m);
  m->on_answer.swap(handler);
  hand_over(*impl_, m);
}

void supervisor::start_reply(plain_handler handler, buffers_type buffers, std::uint16_t kind, request_id id,
                             std::uint64_t incarnation) {
  const auto m = std::make_shared<user_message>(outgoing::form::reply, kind);
  m->buffers = std::move(buffers);
  m->number = id;
  m->incarnation = incarnation;
  cancel_with(handler, *impl_, m);
  m->on_sent.swap(handler);
  hand_over(*impl_, m);
}

void supervisor::start_receive(size_handler handler, taker take) {
  auto one = std::make_shared<receiving_into>(*impl_);
  one->take = std::move(take);
  wait_for_message(*impl_, std::move(one), std::move(handler));
}

void supervisor::start_receive_message(message_handler handler) {
  wait_for_message(*impl_, std::make_shared<receiving_whole>(*impl_), std::move(handler));
}

void supervisor::block_ready(const detail::steady_deadline& deadline, error_code& ec) {
  block(*impl_, deadline, ec, [&](auto handler) { start_wait_ready(std::move(handler)); });
}

void supervisor::block_send(buffers_type buffers, std::uint16_t kind, const detail::steady_deadline& deadline,
                            error_code& ec) {
  block(*impl_, deadline, ec, [&](auto handler) { start_send(std::move(handler), std::move(buffers), kind); });
}

std::size_t supervisor::block_request(buffers_type buffers, std::uint16_t kind, taker take,
                                      const detail::steady_deadline& deadline, error_code& ec) {
  return block(*impl_, deadline, ec,
               [&](auto handler) { start_request(std::move(handler), std::move(buffers), kind, std::move(take)); });
}

std::size_t supervisor::block_receive(taker take, const detail::steady_deadline& deadline, error_code& ec) {
  return block(*impl_, deadline, ec, [&](auto handler) { start_receive(std::move(handler), std::move(take)); });
}

void supervisor::stop(error_code& ec) {
  block(*impl_, {}, ec, [&](auto handler) { start_stop(std::move(handler)); });
}

void supervisor::poll() {
  if (impl_->own == nullptr) return;
  impl_->own->restart();
  impl_->own->poll();
}

supervisor_stats supervisor::stats() const {
  const std::lock_guard lock(impl_->stats_mutex);
  return impl_->figures;
}

supervisor::executor_type supervisor::get_executor() const noexcept { return impl_->executor; }

}  // namespace belfry
