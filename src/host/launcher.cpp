// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../posix/above_streams.hpp"
#include "default_log.hpp"
#include "launch_attempt.hpp"
#include "posix/async_exit.hpp"

#include <belfry/detail/cancelled.hpp>
#include <belfry/detail/recycle.hpp>
#include <belfry/launcher.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/throw_exception.hpp>

#include <array>
#include <cerrno>
#include <memory>
#include <utility>

namespace belfry {
namespace {

using detail::launch_attempt;

/// Drives an attempt to its end.
void complete(launch_attempt& attempt) {
  attempt.start();
  while (!attempt.advance()) {
    if (attempt.awaits_exit()) {
      attempt.process()->wait(attempt.deadline());
      continue;
    }
    error_code ec;
    if (attempt.line().wait_until(attempt.deadline(), ec)) continue;
    attempt.give_up(ec ? ec : error_code(error::handshake_timeout));
  }
}

/// The same without blocking: waits for the lifeline or the clock, whichever comes first.
struct launch_op {
  struct parts {
    launch_attempt attempt;
    boost::asio::steady_timer timer;
    boost::asio::posix::stream_descriptor line;
    std::optional<plugin> result{};
  };
  std::unique_ptr<parts> p;
  enum { starting, posted, waiting, awaiting_exit, cleaning_up } state = starting;

  launch_op(const boost::asio::any_io_executor& executor, const launch_options& options)
      : p(new parts{launch_attempt(executor, options), boost::asio::steady_timer(executor),
                    boost::asio::posix::stream_descriptor(executor)}) {}

  template <class Self>
  void operator()(Self& self, error_code = {}) {
    switch (state) {
      case starting:
        self.reset_cancellation_state(boost::asio::enable_total_cancellation());
        p->attempt.start();
        if (!p->attempt.failure()) watch_line();
        if (p->attempt.advance()) return post(self);
        return wait(self);
      case awaiting_exit:
        if (detail::was_cancelled(self)) p->attempt.give_up(boost::asio::error::operation_aborted);
        else p->attempt.advance();
        return finish(self);
      case posted:
      case waiting: return finish(self);
      case cleaning_up: return complete(self);
    }
  }

  template <class Self>
  void operator()(Self& self, const std::array<std::size_t, 2>& order, error_code line_error, error_code) {
    if (detail::was_cancelled(self)) {
      p->attempt.give_up(boost::asio::error::operation_aborted);
    } else if (order[0] == 1) {
      // What came at the last moment still counts.
      if (!p->attempt.advance()) p->attempt.give_up(error::handshake_timeout);
    } else if (line_error) {
      p->attempt.give_up(line_error);
    } else if (!p->attempt.advance()) {
      return wait(self);
    }
    finish(self);
  }

  /// A descriptor of our own: the attempt's belongs to the channel later on.
  void watch_line() {
    auto copy = detail::posix::copy_above_streams(p->attempt.line().native_handle());
    if (!copy) return p->attempt.give_up(error_code(errno, boost::system::system_category()));
    error_code ec;
    p->line.assign(copy.get(), ec);
    if (ec) p->attempt.give_up(ec);
    else copy.release();
  }

  template <class Self>
  void wait(Self& self) {
    namespace asio = boost::asio;
    if (p->attempt.awaits_exit()) return await_exit(self, awaiting_exit, p->attempt.deadline());
    state = waiting;
    p->timer.expires_at(p->attempt.deadline());
    asio::experimental::make_parallel_group(p->line.async_wait(asio::posix::descriptor_base::wait_read, asio::deferred),
                                            p->timer.async_wait(asio::deferred))
        .async_wait(asio::experimental::wait_for_one(), std::move(self));
  }

  template <class Self>
  void post(Self& self) {
    state = posted;
    const auto executor = p->timer.get_executor();
    boost::asio::post(executor, std::move(self));
  }

  template <class Self>
  void await_exit(Self& self, decltype(state) next, detail::steady_deadline deadline) {
    state = next;
    const auto executor = p->timer.get_executor();
    const auto process = p->attempt.process();
    detail::posix::async_exit(executor, process, deadline, detail::recycle(std::move(self)));
  }

  /// What was made is gone when the caller hears of a failure; but nobody waits for that in a handler.
  template <class Self>
  void finish(Self& self) {
    const auto& process = p->attempt.process();
    if (!p->attempt.failure() || !process || process->status()) return complete(self);
    await_exit(self, cleaning_up, detail::deadline_after(detail::posix::child::longest_dying));
  }

  template <class Self>
  void complete(Self& self) {
    const error_code ec = p->attempt.failure() ? p->attempt.failure()->code : error_code();
    auto result = ec ? plugin() : p->attempt.result();
    p.reset();
    self.complete(ec, std::move(result));
  }
};

}  // namespace

launcher::launcher(executor_type executor) : executor_(std::move(executor)) { detail::install_default_log(); }

plugin launcher::launch(const launch_options& options, error_code& ec) {
  launch_attempt attempt(executor_, options);
  complete(attempt);
  ec = attempt.failure() ? attempt.failure()->code : error_code();
  return ec ? plugin() : attempt.result();
}

plugin launcher::launch(const launch_options& options) {
  launch_attempt attempt(executor_, options);
  complete(attempt);
  if (const auto& f = attempt.failure()) boost::throw_exception(system_error(f->code, f->story));
  return attempt.result();
}

void launcher::start_launch(boost::asio::any_completion_handler<void(error_code, plugin)> handler,
                            launch_options options) {
  boost::asio::async_compose<decltype(handler), void(error_code, plugin)>(launch_op(executor_, options), handler,
                                                                          executor_);
}

}  // namespace belfry
