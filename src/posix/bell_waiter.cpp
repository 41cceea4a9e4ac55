// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "above_streams.hpp"
#include "async_bell.hpp"
#include "bell.hpp"
#include "process.hpp"

#include <belfry/detail/posix/bell_waiter.hpp>

#include <boost/asio/error.hpp>

#include <array>
#include <cerrno>
#include <climits>
#include <new>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace belfry::detail::posix {
namespace {

using std::chrono::steady_clock;

enum : std::uint64_t { bell_event, line_event, interrupt_event };

error_code last_error() noexcept { return {errno, boost::system::system_category()}; }

bool control(int set, int operation, int fd, std::uint64_t what, bool look) noexcept {
  epoll_event event{};
  event.events = look ? std::uint32_t{EPOLLIN} : 0;
  event.data.u64 = what;
  return ::epoll_ctl(set, operation, fd, &event) == 0;
}

bool add(int set, int fd, std::uint64_t what) noexcept { return control(set, EPOLL_CTL_ADD, fd, what, true); }

/// Milliseconds for epoll_wait, rounded up so that a wait is never shorter than asked; -1 for ever.
int milliseconds_until(const steady_deadline& deadline) {
  if (!deadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - steady_clock::now()).count();
  return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : static_cast<int>(left);
}

}  // namespace

bell_waiter::bell_waiter(boost::asio::any_io_executor executor, int bell, int line)
    : executor_(std::move(executor)), bell_(bell), line_(line), process_(process_id()) {}

bell_waiter::~bell_waiter() {
  if (!async_) return;
  if (!copied()) {
    set_.release();  // the asynchronous part closes it
  } else {
    // A forked child shares the event loop's epoll set with its parent. To destroy the asynchronous part would take the
    // descriptor out of it, and the parent would wait for ever.
    async_.release();
  }
}

bool bell_waiter::copied() const noexcept { return process_ != process_id(); }

void bell_waiter::open(error_code& ec) {
  auto ready = above_streams(unique_descriptor(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)));
  unique_descriptor set(ready ? ::epoll_create1(EPOLL_CLOEXEC) : -1);
  if (!set || (bell_ != no_bell && !add(set.get(), bell_, bell_event)) ||
      (line_ >= 0 && !add(set.get(), line_, line_event)) || (also_ >= 0 && !add(set.get(), also_, line_event)) ||
      !control(set.get(), EPOLL_CTL_ADD, ready.get(), interrupt_event, false)) {
    ec = last_error();
    return;
  }
  always_ready_ = std::move(ready);
  set_ = std::move(set);
}

void bell_waiter::begin(error_code& ec) {
  ec.clear();
  if (!opened_.load(std::memory_order_acquire)) {
    const std::lock_guard lock(mutex_);
    if (!set_) open(ec);
    if (ec) return;
    opened_.store(true, std::memory_order_release);
  }
  unsigned expected = idle;
  if (!state_.compare_exchange_strong(expected, claimed)) ec = boost::asio::error::already_started;
}

void bell_waiter::end() noexcept {
  unsigned expected = claimed;
  if (state_.compare_exchange_strong(expected, idle)) [[likely]]
    return;
  // In one: an interrupt that came in between would end the next wait instead of this one.
  const std::lock_guard lock(mutex_);
  show_interrupt(false);
  state_.store(idle);
}

void bell_waiter::show_interrupt(bool yes) noexcept {
  // Modifying allocates nothing, so it cannot fail.
  control(set_.get(), EPOLL_CTL_MOD, always_ready_.get(), interrupt_event, yes);
}

wake_reason bell_waiter::wait(const steady_deadline& deadline, error_code& ec) {
  ec.clear();
  for (;;) {
    std::array<epoll_event, 3> events;
    const int count = ::epoll_wait(set_.get(), events.data(), events.size(), milliseconds_until(deadline));
    if (count < 0) {
      if (errno == EINTR) continue;
      ec = last_error();
      return wake_reason::interrupted;
    }
    if (const auto why = take_interrupt()) return *why;
    bool line = false;
    for (int i = 0; i != count; ++i) {
      const auto what = events[static_cast<std::size_t>(i)].data.u64;
      if (what == bell_event && take_signal(bell_)) return wake_reason::rung;
      if (what == line_event) line = true;
    }
    if (line) return wake_reason::line;
    if (count == 0 && deadline && steady_clock::now() >= *deadline) return wake_reason::timed_out;
  }
}

bell_waiter::async_part* bell_waiter::prepare_async(error_code& ec) noexcept {
  ec.clear();
  if (async_) return async_.get();
  try {
    auto made = std::make_unique<async_part>(async_part{boost::asio::posix::stream_descriptor(executor_)});
    made->descriptor.assign(set_.get(), ec);
    if (ec) return nullptr;
    async_ = std::move(made);
  } catch (const std::bad_alloc&) {
    ec = make_error_code(boost::system::errc::not_enough_memory);
  }
  return async_.get();
}

std::optional<wake_reason> bell_waiter::collect() noexcept {
  if (const auto why = take_interrupt()) return why;
  if (bell_ != no_bell && take_signal(bell_)) return wake_reason::rung;
  if (line_ >= 0) return wake_reason::line;
  return std::nullopt;
}

void bell_waiter::drop_signals() noexcept { take_all_signals(bell_); }

void bell_waiter::interrupt(wake_reason why) noexcept {
  const unsigned reason = why == wake_reason::interrupted ? by_user
                          : why == wake_reason::timed_out ? by_clock
                                                          : by_line;
  const std::lock_guard lock(mutex_);
  unsigned before = state_.load();
  do {
    if (before == idle) return;
  } while (!state_.compare_exchange_weak(before, before | reason));
  if (before == claimed) show_interrupt(true);
}

std::optional<wake_reason> bell_waiter::take_interrupt() noexcept {
  if ((state_.load() & (by_user | by_clock | by_line)) == 0) [[likely]]
    return std::nullopt;
  const std::lock_guard lock(mutex_);
  show_interrupt(false);
  const unsigned before = state_.exchange(claimed);
  // A cancellation must not be hidden by a weaker reason, nor the end of a limit.
  if ((before & by_user) != 0) return wake_reason::interrupted;
  return (before & by_clock) != 0 ? wake_reason::timed_out : wake_reason::line;
}

}  // namespace belfry::detail::posix
