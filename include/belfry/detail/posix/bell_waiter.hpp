// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_POSIX_BELL_WAITER_HPP
#define BELFRY_DETAIL_POSIX_BELL_WAITER_HPP

#include <belfry/detail/deadline.hpp>
#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/error.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

namespace belfry::detail::posix {

/// What ended a wait.
enum class wake_reason {
  rung,  ///< The bell; one signal is taken.
  line,  ///< The lifeline or the peer's process has something to say, or somebody learned something about the peer.
  interrupted,  ///< `interrupt(wake_reason::interrupted)`.
  timed_out,
};

/// Waits for a bell, and at the same time for the end of the peer and for being interrupted.
///
/// Bell and lifeline stand in an epoll set of their own, made when it is first needed, so that a blocking wait is one
/// call, and an asynchronous one is one readiness of one descriptor. Borrows both descriptors.
///
/// One wait at a time, between `begin` and `end`; `interrupt` from any thread. In a forked child a copy can only be
/// destroyed.
class bell_waiter {
 public:
  /// In the place of a bell, where only the line is waited for.
  static constexpr int no_bell = -1;

  /// `line` is -1 where there is no lifeline.
  bell_waiter(boost::asio::any_io_executor, int bell, int line);
  ~bell_waiter();
  bell_waiter(const bell_waiter&) = delete;
  bell_waiter& operator=(const bell_waiter&) = delete;

  /// What becomes readable counts as said on the line. Before the first wait.
  void also_watch(int fd) noexcept { also_ = fd; }

  /// Claims the waiter. Errors: `already_started` if it is claimed; what epoll_create1 reports. From here on an
  /// interrupt is not lost.
  void begin(error_code& ec);
  void end() noexcept;

  /// Blocks.
  wake_reason wait(const steady_deadline&, error_code& ec);

  /// Makes what the first asynchronous wait would have to make otherwise. Null on error: `not_enough_memory`, or what Asio
  /// reports.
  struct async_part;
  async_part* prepare_async(error_code& ec) noexcept;
  /// Completes, with the executor of the handler, when `collect` has something to say. `void(error_code)`. Defined where
  /// its few users are.
  template <class Handler>
  void async_wait(Handler&&);
  /// What ended the asynchronous wait; empty if it was nothing (then wait again).
  std::optional<wake_reason> collect() noexcept;

  /// Whether this is a forked child's copy.
  bool copied() const noexcept;

  /// Takes all signals that wait. Only before arming: what they announced must be looked for after it.
  void drop_signals() noexcept;

  /// Ends the wait between `begin` and `end` with `why`; does nothing if there is none. Never fails.
  void interrupt(wake_reason why) noexcept;
  /// Whether an interrupt has come since `begin`, for those who spin.
  std::optional<wake_reason> take_interrupt() noexcept;

 private:
  void open(error_code& ec);
  void show_interrupt(bool yes) noexcept;

  boost::asio::any_io_executor executor_;
  int bell_;
  int line_;
  int also_ = -1;
  int process_;  // whose waiter this is
  // It is always readable, and to interrupt a wait is to let the set look at it, which cannot fail. Each set has its own:
  // the kernel follows what stands in a set that stands in an event loop's, and refuses one that it finds in more than
  // 500 of them (path_limits in fs/eventpoll.c).
  unique_descriptor always_ready_;
  unique_descriptor set_;
  std::unique_ptr<async_part> async_;  // made at the first asynchronous wait; owns set_ from then on

  // What has interrupted a wait stands beside the claim, so that a wait that nothing interrupts takes no lock.
  enum : unsigned { idle = 0, claimed = 1, by_line = 2, by_clock = 4, by_user = 8 };
  std::atomic<unsigned> state_{idle};
  std::atomic<bool> opened_{false};  // set_ is there
  std::mutex mutex_;                 // guards the making of set_, and what it shows of an interrupt
};

}  // namespace belfry::detail::posix

#endif
