// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_SUPERVISOR_IMPL_HPP
#define BELFRY_SRC_HOST_SUPERVISOR_IMPL_HPP

#include "outbox.hpp"
#include "restart_planner.hpp"
#include "supervised.hpp"

#include <belfry/detail/channel_state.hpp>
#include <belfry/launcher.hpp>
#include <belfry/supervisor.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <random>
#include <utility>

namespace belfry {

/// Everything happens in the strand, but for what is said to be for any thread. It is kept alive by what is under way.
struct supervisor::impl : std::enable_shared_from_this<supervisor::impl> {
  using item = detail::outbox::item;
  using incarnation_ptr = std::shared_ptr<detail::incarnation>;

  impl(boost::asio::any_io_executor, boost::asio::io_context* own, launch_options, supervisor_options);

  // The life of plugins: supervisor_life.cpp.
  void start();
  void stop();
  void abandon();
  void launch_next();
  void launched(error_code, plugin);
  void begin(plugin);
  void become_ready(detail::incarnation&);
  void channel_over(const incarnation_ptr&);
  void exited(const incarnation_ptr&, error_code, const exit_status&);
  void done(const incarnation_ptr&);  // with one of the operations that are under way for it
  void bury(const incarnation_ptr&);
  void plan_after(bool failed, bool got_something_done, std::chrono::nanoseconds lived);
  void wait_for_restart(std::chrono::milliseconds);
  void finish(error_code for_operations, error_code for_run, supervisor_event);

  // How a plugin is watched and ended: supervisor_watch.cpp.
  void watch_line(const incarnation_ptr&);
  void watch_health(const incarnation_ptr&);
  /// Returns whether to look again. If not, the plugin is killed.
  bool look_after(const incarnation_ptr&, std::chrono::steady_clock::time_point);
  void limit_readiness(const incarnation_ptr&);
  void limit_ending(const incarnation_ptr&);
  void ask_to_end(const incarnation_ptr&);
  void kill(const incarnation_ptr&);
  void leave_running(const incarnation_ptr&);
  void after(const incarnation_ptr&, std::chrono::milliseconds limit, void (impl::*next)(const incarnation_ptr&));
  void tell_to_end(const incarnation_ptr&);

  // Messages: supervisor_traffic.cpp.
  void pump_out();
  void commit(detail::incarnation&, const std::shared_ptr<detail::user_message>&, std::span<std::byte> room);
  void answered(const incarnation_ptr&, const std::shared_ptr<detail::user_message>&, error_code, std::size_t);
  void withdraw(const std::shared_ptr<detail::user_message>&);
  void fail(const item&, error_code);
  void pump_in();
  bool give_next(detail::incarnation&);
  void peek(const incarnation_ptr&);
  void look_for_readiness(detail::incarnation&);
  bool is_readiness(const detail::incarnation&, const message_view&) const noexcept;
  void keep(const message_view&, std::uint64_t incarnation);
  void keep_what_it_sent(detail::incarnation&);
  item fetch(detail::incarnation&, std::uint64_t position);
  /// Whether so much is left to be received that no more must be added.
  bool too_much_left() const noexcept {
    return left_bytes > 2 * (what.channel.incoming_capacity + what.channel.incoming_large.bytes);
  }

  // Events: supervisor_event.cpp.
  supervisor_event event(supervisor_event::type) const;
  std::shared_ptr<const belfry::autopsy> examine(const detail::incarnation&) const;
  void tell(supervisor_event);
  void tell_of(supervisor_event, detail::user_message&, const error_code&);

  /// Completes an operation, by way of its handler's executor. Any thread.
  template <class Handler, class... Args>
  void complete(Handler handler, Args... args) {
    boost::asio::post(executor, boost::asio::append(std::move(handler), std::move(args)...));
  }
  /// Any thread.
  template <class Do>
  void in_strand(Do act) {
    boost::asio::post(strand, [self = shared_from_this(), act = std::move(act)]() mutable { act(*self); });
  }
  boost::asio::any_io_executor tracked() const;
  template <class Change>
  void count(Change change) {
    const std::lock_guard lock(stats_mutex);
    change(figures);
  }

  boost::asio::any_io_executor executor;
  boost::asio::strand<boost::asio::any_io_executor> strand;
  boost::asio::io_context* own;  // null if it is run by others
  launch_options what;
  supervisor_options options;
  launcher launch;
  std::minstd_rand random;
  detail::restart_planner planner;
  detail::outbox out;

  enum class phase { idle, starting, running, waiting, finished };
  phase now = phase::idle;
  bool stopping = false;
  bool tells_of_losses = true;  // it is not a pool's
  bool held_up = false;         // the next start waits until the user has received what is left
  std::atomic<bool> abandoned{false};
  error_code ended_with;
  error_code run_ended_with;
  error_code left_running;  // why the last plugin is, if it is
  std::uint64_t last_number = 0;
  std::uint64_t attempts = 0;
  incarnation_ptr here;
  boost::asio::cancellation_signal abort_launch;
  boost::asio::steady_timer restart_timer;

  std::deque<detail::left_message> left;
  std::size_t left_bytes = 0;
  std::list<std::shared_ptr<detail::receiving>> receivers;
  struct waiting_for {
    plain_handler handler;
    boost::asio::any_io_executor work;
  };
  using waiters = std::list<std::shared_ptr<waiting_for>>;
  waiters runs, readies, stops;
  void add_waiter(waiters impl::*, plain_handler);
  void complete_all(waiters impl::*, error_code);

  mutable std::mutex stats_mutex;
  supervisor_stats figures;
};

}  // namespace belfry

#endif
