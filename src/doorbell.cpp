// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "posix/async_bell.hpp"
#include "posix/bell.hpp"
#include "posix/process.hpp"
#include "posix/socket_pair.hpp"

#include <belfry/detail/cancelled.hpp>
#include <belfry/detail/posix/bell_waiter.hpp>
#include <belfry/diagnostics.hpp>
#include <belfry/doorbell.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/throw_exception.hpp>

#include <atomic>
#include <mutex>
#include <new>
#include <string>

#include <sys/socket.h>

namespace belfry {

namespace posix = detail::posix;
using posix::wake_reason;

/// Pending operations share it; a close waits with closing the descriptor until the wait under way has left it.
struct doorbell::impl {
  impl(executor_type e, posix::unique_descriptor f)
      : executor(std::move(e)), fd(std::move(f)), waiter(executor, fd.get(), -1) {}

  void begin(error_code& ec) {
    tell_death();
    const std::lock_guard lock(mutex);
    if (closed) {
      ec = boost::asio::error::bad_descriptor;
      return;
    }
    waiter.begin(ec);
    if (!ec) waiting = true;
  }

  void end(bool rung) noexcept {
    const std::lock_guard lock(mutex);
    waiter.end();
    waiting = false;
    if (closed) return fd.reset();
    // All that came before the end of this wait counts for it.
    if (rung) posix::take_all_signals(fd.get());
  }

  void close() noexcept {
    tell_death();
    const std::lock_guard lock(mutex);
    if (closed) return;
    closed = true;
    // A copy in a forked child shares the socket with its owner: it may close its descriptor, and nothing else.
    const bool copied = process != posix::process_id();
    if (!waiting || copied) return fd.reset();
    // First, since an end that hung up looks as if it was rung.
    waiter.interrupt(wake_reason::interrupted);
    posix::hang_up(fd.get());
  }

  /// Not in `signal`, which may run in a signal handler.
  void tell_death() noexcept {
    if (!peer_dead.load(std::memory_order_relaxed) || told.exchange(true)) return;
    try {
      diagnostic d;
      d.level = severity::warning;
      d.source = subsystem::doorbell;
      d.kind = event_kind::peer_died;
      d.message = "whoever held the other end of doorbell " + std::to_string(fd.get()) + " is gone";
      report(d);
    } catch (const std::bad_alloc&) {
      // Without memory there is no record; `is_peer_dead` still tells.
    }
  }

  executor_type executor;
  posix::unique_descriptor fd;
  posix::bell_waiter waiter;
  std::atomic<bool> peer_dead{false};
  std::atomic<bool> told{false};

  std::mutex mutex;
  bool waiting = false;
  bool closed = false;
  const int process = posix::process_id();
};

namespace {

template <class F>
auto or_throw(F f, const char* what) {
  error_code ec;
  auto result = f(ec);
  if (ec) boost::throw_exception(system_error(ec, what));
  return result;
}

/// What is reported where a default-constructed or moved-from object is used.
const error_code not_open = make_error_code(boost::asio::error::bad_descriptor);

}  // namespace

doorbell::doorbell() noexcept = default;
doorbell::doorbell(std::shared_ptr<impl> i) noexcept : impl_(std::move(i)) {}
doorbell::doorbell(doorbell&&) noexcept = default;
doorbell& doorbell::operator=(doorbell&& other) noexcept {
  if (this != &other) {
    close();
    impl_ = std::move(other.impl_);
  }
  return *this;
}
doorbell::~doorbell() { close(); }

std::pair<doorbell, doorbell_handle> doorbell::create_pair(executor_type executor, error_code& ec) {
  auto [mine, theirs] = posix::make_socket_pair(SOCK_DGRAM, ec);
  if (ec) return {};
  return {doorbell(std::make_shared<impl>(std::move(executor), std::move(mine))), doorbell_handle(theirs.release())};
}

std::pair<doorbell, doorbell_handle> doorbell::create_pair(executor_type executor) {
  return or_throw([&](error_code& ec) { return create_pair(std::move(executor), ec); },
                  "belfry: doorbell::create_pair");
}

doorbell doorbell::from_handle(executor_type executor, doorbell_handle&& handle, error_code& ec) {
  auto result = from_native_handle(std::move(executor), handle.native_handle(), ec);
  if (!ec) handle.release();
  return result;
}

doorbell doorbell::from_handle(executor_type executor, doorbell_handle&& handle) {
  return or_throw([&](error_code& ec) { return from_handle(std::move(executor), std::move(handle), ec); },
                  "belfry: doorbell::from_handle");
}

doorbell doorbell::from_native_handle(executor_type executor, native_handle_type fd, error_code& ec) {
  ec = posix::check_socket(fd, SOCK_DGRAM);
  if (ec) return {};
  posix::set_close_on_exec(fd);
  return doorbell(std::make_shared<impl>(std::move(executor), posix::unique_descriptor(fd)));
}

doorbell doorbell::from_native_handle(executor_type executor, native_handle_type fd) {
  return or_throw([&](error_code& ec) { return from_native_handle(std::move(executor), fd, ec); },
                  "belfry: doorbell::from_native_handle");
}

signal_result doorbell::signal() noexcept {
  if (!impl_) return signal_result::peer_dead;
  const auto result = posix::ring(impl_->fd.get());
  // An end that was closed here has no peer, dead or alive.
  if (result == signal_result::peer_dead && impl_->fd) impl_->peer_dead.store(true, std::memory_order_relaxed);
  return result;
}

void doorbell::wait(error_code& ec) {
  if (!impl_) {
    ec = not_open;
    return;
  }
  impl_->begin(ec);
  if (ec) return;
  const auto why = impl_->waiter.wait({}, ec);
  if (why == wake_reason::interrupted && !ec) ec = boost::asio::error::operation_aborted;
  impl_->end(why == wake_reason::rung);
}

void doorbell::wait() {
  error_code ec;
  wait(ec);
  if (ec) boost::throw_exception(system_error(ec, "belfry: doorbell::wait"));
}

bool doorbell::wait_for(std::chrono::nanoseconds limit, error_code& ec) {
  if (!impl_) {
    ec = not_open;
    return false;
  }
  impl_->begin(ec);
  if (ec) return false;
  const auto why = impl_->waiter.wait(detail::deadline_after(limit), ec);
  if (why == wake_reason::interrupted && !ec) ec = boost::asio::error::operation_aborted;
  impl_->end(why == wake_reason::rung);
  return why == wake_reason::rung;
}

bool doorbell::wait_for(std::chrono::nanoseconds limit) {
  return or_throw([&](error_code& ec) { return wait_for(limit, ec); }, "belfry: doorbell::wait_for");
}

bool doorbell::try_wait(error_code& ec) {
  if (impl_) impl_->tell_death();
  ec = is_open() ? error_code() : not_open;
  return !ec && posix::take_all_signals(impl_->fd.get());
}

bool doorbell::try_wait() {
  return or_throw([&](error_code& ec) { return try_wait(ec); }, "belfry: doorbell::try_wait");
}

void doorbell::drain() noexcept {
  if (impl_) impl_->tell_death();
  if (is_open()) posix::take_all_signals(impl_->fd.get());
}

void doorbell::start_signal(boost::asio::any_completion_handler<void(error_code, signal_result)> handler) {
  const auto ec = is_open() ? error_code() : not_open;
  const auto result = signal();
  impl_->tell_death();
  boost::asio::post(impl_->executor, boost::asio::append(std::move(handler), ec, result));
}

void doorbell::start_accept(boost::asio::any_completion_handler<void(error_code)> handler) {
  const auto ec = is_open() ? error_code() : not_open;
  boost::asio::post(impl_->executor, boost::asio::append(std::move(handler), ec));
}

void doorbell::accept(error_code& ec) { ec = is_open() ? error_code() : not_open; }

void doorbell::accept() {
  error_code ec;
  accept(ec);
  if (ec) boost::throw_exception(system_error(ec, "belfry: doorbell::accept"));
}

/// Wait for the set to become ready, see whether that was a signal, else wait again.
struct doorbell::wait_op {
  explicit wait_op(std::shared_ptr<impl> b) : bell(std::move(b)) {}
  wait_op(wait_op&& other) noexcept = default;
  /// An operation that is destroyed, with some executor, before it could complete leaves the bell to others. Not in a forked
  /// child: the wait is the parent's.
  ~wait_op() {
    if (bell && state == waiting && !bell->waiter.copied()) bell->end(false);
  }

  std::shared_ptr<impl> bell;
  enum { starting, failed, waiting } state = starting;
  error_code failure{};

  template <class Self>
  void operator()(Self& self, error_code ec = {}) {
    switch (state) {
      case starting:
        self.reset_cancellation_state(boost::asio::enable_total_cancellation());
        bell->begin(failure);
        if (failure) {
          state = failed;
          const auto executor = bell->executor;
          return boost::asio::post(executor, std::move(self));
        }
        state = waiting;
        break;
      case failed: return finish(self, failure);
      case waiting:
        if (!ec) {
          const auto why = bell->waiter.collect();
          if (!why && !detail::was_cancelled(self)) break;
          if (!why || *why != wake_reason::rung) ec = boost::asio::error::operation_aborted;
        }
        bell->end(!ec);
        return finish(self, ec);
    }
    auto& waiter = bell->waiter;
    waiter.async_wait(std::move(self));
  }

  template <class Self>
  void finish(Self& self, const error_code& ec) {
    bell.reset();
    self.complete(ec);
  }
};

void doorbell::start_wait(boost::asio::any_completion_handler<void(error_code)> handler) {
  boost::asio::async_compose<boost::asio::any_completion_handler<void(error_code)>, void(error_code)>(
      wait_op{impl_}, handler, impl_->executor);
}

bool doorbell::is_peer_dead() const noexcept {
  if (!impl_) return false;
  impl_->tell_death();
  return impl_->peer_dead.load(std::memory_order_relaxed);
}

std::size_t doorbell::pending_bytes() const noexcept { return is_open() ? posix::pending_bytes(impl_->fd.get()) : 0; }

void doorbell::cancel() noexcept {
  if (impl_) impl_->waiter.interrupt(wake_reason::interrupted);
}

void doorbell::close() noexcept {
  if (impl_) impl_->close();
}

bool doorbell::is_open() const noexcept { return impl_ && impl_->fd && !impl_->closed; }

doorbell::native_handle_type doorbell::native_handle() const noexcept { return is_open() ? impl_->fd.get() : -1; }

doorbell_handle doorbell::release() {
  if (!is_open()) return {};
  doorbell_handle handle(impl_->fd.release());
  impl_->closed = true;
  return handle;
}

doorbell::executor_type doorbell::get_executor() const { return impl_ ? impl_->executor : executor_type(); }

}  // namespace belfry
