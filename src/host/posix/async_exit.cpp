// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "async_exit.hpp"

#include "../../posix/above_streams.hpp"

#include <belfry/detail/cancelled.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

namespace belfry::detail::posix {
namespace {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

struct exit_op {
  struct parts {
    std::shared_ptr<child> subject;
    steady_deadline deadline;
    asio::posix::stream_descriptor pidfd;
    asio::steady_timer timer;
    // A process may have ended and yet have no status for us, as long as a debugger keeps that. Its pidfd is readable
    // all the time, so to wait for that would only turn the reactor.
    std::chrono::milliseconds pause{1};
  };
  std::unique_ptr<parts> p;
  enum { starting, posted, waiting, pausing } state = starting;
  error_code failure{};

  exit_op(const asio::any_io_executor& executor, std::shared_ptr<child> subject, steady_deadline deadline)
      : p(new parts{std::move(subject), deadline, asio::posix::stream_descriptor(executor),
                    asio::steady_timer(executor)}) {}

  template <class Self>
  void operator()(Self& self, error_code ec = {}) {
    switch (state) {
      case starting:
        self.reset_cancellation_state(asio::enable_total_cancellation());
        if (!p->subject->status()) watch();
        if (p->subject->status() || failure) {
          state = posted;
          const auto executor = p->timer.get_executor();
          return asio::post(executor, std::move(self));
        }
        return wait(self);
      case posted: return finish(self, failure);
      case pausing:
        if (was_cancelled(self)) return finish(self, asio::error::operation_aborted);
        return look_again(self);
      case waiting: return finish(self, ec);
    }
  }

  template <class Self>
  void operator()(Self& self, const std::array<std::size_t, 2>&, error_code ec, error_code) {
    if (was_cancelled(self)) return finish(self, asio::error::operation_aborted);
    if (ec && ec != asio::error::operation_aborted) return finish(self, ec);
    look_again(self);
  }

  /// A descriptor of our own: several may wait, and the child's own is not Asio's.
  void watch() {
    auto copy = copy_above_streams(p->subject->pidfd());
    if (!copy) {
      failure.assign(errno, boost::system::system_category());
      return;
    }
    p->pidfd.assign(copy.get(), failure);
    if (!failure) copy.release();
  }

  template <class Self>
  void look_again(Self& self) {
    if (p->subject->status()) return finish(self, {});
    if (p->deadline && clock::now() >= *p->deadline) return finish(self, error::timed_out);
    pause(self);
  }

  template <class Self>
  void wait(Self& self) {
    state = waiting;
    p->timer.expires_at(p->deadline.value_or(clock::time_point::max()));
    asio::experimental::make_parallel_group(
        p->pidfd.async_wait(asio::posix::descriptor_base::wait_read, asio::deferred),
        p->timer.async_wait(asio::deferred))
        .async_wait(asio::experimental::wait_for_one(), std::move(self));
  }

  template <class Self>
  void pause(Self& self) {
    constexpr std::chrono::milliseconds longest_pause{100};
    state = pausing;
    const auto until = clock::now() + p->pause;
    p->timer.expires_at(p->deadline ? std::min(*p->deadline, until) : until);
    p->pause = std::min(2 * p->pause, longest_pause);
    auto& timer = p->timer;
    timer.async_wait(std::move(self));
  }

  template <class Self>
  void finish(Self& self, const error_code& ec) {
    p.reset();
    self.complete(ec);
  }
};

}  // namespace

void async_exit(const asio::any_io_executor& executor, std::shared_ptr<child> subject, steady_deadline deadline,
                asio::any_completion_handler<void(error_code)> handler) {
  asio::async_compose<decltype(handler), void(error_code)>(exit_op(executor, std::move(subject), deadline), handler,
                                                           executor);
}

}  // namespace belfry::detail::posix
