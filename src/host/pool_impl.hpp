// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POOL_IMPL_HPP
#define BELFRY_SRC_HOST_POOL_IMPL_HPP

#include "pool_scheduler.hpp"
#include "posix/executable_identity.hpp"

#include <belfry/plugin_pool.hpp>
#include <belfry/supervisor.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

namespace belfry {

/// Everything happens in the strand, but for what is said to be for any thread. It is kept alive by what is under way.
struct plugin_pool::impl : std::enable_shared_from_this<plugin_pool::impl> {
  using number = detail::pool_scheduler::number;

  impl(boost::asio::any_io_executor, launch_options, pool_options);

  /// Whose reply somebody waits for.
  struct request {
    buffers_type buffers;
    std::uint16_t kind = 0;
    taker take;
    size_handler handler;  // empty once it has completed
    boost::asio::any_io_executor work;
    unsigned deaths = 0;
    unsigned left_behind = 0;                 // by plugins that said goodbye
    boost::asio::cancellation_signal cancel;  // what a plugin has been given
  };
  using request_ptr = std::shared_ptr<request>;

  void start();
  void add(const request_ptr&);
  void withdraw(const request_ptr&);
  void look();  // at what is to be done
  void give(const request_ptr&, number);
  void given_back(const request_ptr&, number, error_code, std::size_t);
  void died_over(const request_ptr&, number);
  void complete_request(const request_ptr&, error_code, std::size_t);
  void launch(number);
  void drop_messages(number);
  void happened(number, const supervisor_event&);
  void retire(number);
  void retired(number);
  void watch();
  void look_at_program();
  void renew();
  void stop();
  void abandon();
  void give_up();
  void fail_waiting(error_code);
  void finish_if_all_are_gone();
  void tell(const supervisor_event&);
  void update();

  /// Any thread.
  template <class Do>
  void in_strand(Do act) {
    boost::asio::post(strand, [self = shared_from_this(), act = std::move(act)]() mutable { act(*self); });
  }
  template <class Handler, class... Args>
  void complete(Handler handler, Args... args) {
    boost::asio::post(executor, boost::asio::append(std::move(handler), std::move(args)...));
  }
  boost::asio::any_io_executor tracked() const;

  boost::asio::any_io_executor executor;
  boost::asio::strand<boost::asio::any_io_executor> strand;
  launch_options what;
  pool_options options;
  detail::pool_scheduler scheduler;
  std::map<number, supervisor> plugins;
  std::set<number> retiring;
  std::map<number, supervisor_event> last_ends;
  std::deque<request_ptr> waiting;
  std::size_t under_way = 0;
  boost::asio::steady_timer timer;
  std::optional<detail::posix::executable_identity> program;
  enum class phase { idle, running, stopping, finished } now = phase::idle;
  std::atomic<bool> abandoned{false};
  error_code ended_with;

  struct stop_waiter {
    plain_handler handler;
    boost::asio::any_io_executor work;
  };
  std::list<std::shared_ptr<stop_waiter>> stops;

  mutable std::mutex stats_mutex;
  pool_stats figures;
  template <class Change>
  void count(Change change) {
    const std::lock_guard lock(stats_mutex);
    change(figures);
  }
};

}  // namespace belfry

#endif
