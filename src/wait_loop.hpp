// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_WAIT_LOOP_HPP
#define BELFRY_SRC_WAIT_LOOP_HPP

#include "blocking_call.hpp"
#include "completion_run.hpp"
#include "posix/async_bell.hpp"

#include <belfry/detail/cancelled.hpp>
#include <belfry/detail/counter.hpp>
#include <belfry/detail/link.hpp>
#include <belfry/detail/posix/bell_waiter.hpp>
#include <belfry/detail/spinner.hpp>
#include <belfry/error.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <memory>
#include <new>
#include <utility>

namespace belfry::detail {

// Whoever waits for the peer, to receive or for room, waits in the same way. What differs is in a `Body`:
//
//   bool look(error_code&)   is it there? An error counts as there.
//   bool hint()              whether a look is worth while, at the price of a load; the end of the peer does not show here
//   void arm()               publish the position at which to be rung, and fence
//   void disarm()            the wait is over
//   void stalled(bool)       this side does (or does no longer) stand still: what arm and disarm do besides
//   messages()              how many have gone this way so far
//   answer()                whether what is waited for answers something that this side has sent
//   waiter(), spin(), sleeps(), line(), executor()
//   void complete(self, ec)  let go of what the operation holds and complete; for asynchronous waits
//
// The order is the point: arm, look again, and only then sleep.
//
// A look that succeeds after arming leaves a signal behind, which the peer may send all the same. Each such signal
// wakes somebody for nothing later on. Hence whoever is rung and finds nothing drops all signals that wait, before
// arming anew; else a busy stream keeps the bell full of them, and no sleep is one.

/// What the reason of a wake-up means. True: the wait goes on. `ec` is set where it does not.
inline bool goes_on(posix::wake_reason why, link& line, error_code& ec) {
  switch (why) {
    case posix::wake_reason::rung: return true;
    case posix::wake_reason::line: line.listen(); return true;
    case posix::wake_reason::interrupted:
      if (!ec) ec = boost::asio::error::operation_aborted;
      return false;
    case posix::wake_reason::timed_out: ec = error::timed_out; return false;
  }
  return false;
}

/// Spins for ever: for those who have a processor to themselves. Looks at everything else now and then only.
template <class Body>
void spin_until(Body& body, const steady_deadline& deadline, error_code& ec) {
  constexpr unsigned looks_between_checks = 4096;
  for (unsigned i = 1;; ++i) {
    if (body.hint() && body.look(ec)) return;
    body.spin().pause();
    if (i % looks_between_checks != 0) continue;
    yield_processor();  // the peer may be pinned to this very one
    body.line().listen();
    if (const auto why = body.waiter().take_interrupt(); why && !goes_on(*why, body.line(), ec)) return;
    if (body.look(ec)) return;
    if (deadline && std::chrono::steady_clock::now() >= *deadline) {
      ec = error::timed_out;
      return;
    }
  }
}

/// Sleeps whenever there is nothing to find.
template <class Body>
void sleep_until(Body& body, const steady_deadline& deadline, error_code& ec) {
  for (;;) {
    body.arm();
    if (body.look(ec)) return;
    body.sleeps().add(1);
    auto why = body.waiter().wait(deadline, ec);
    // A peer that never stops ringing must not stretch a limit.
    if (deadline && std::chrono::steady_clock::now() >= *deadline && why != posix::wake_reason::interrupted) {
      if (why == posix::wake_reason::line) body.line().listen();
      if (body.look(ec)) return;  // what came in the last moment is not turned away for the clock
      why = posix::wake_reason::timed_out;
    }
    if (!goes_on(why, body.line(), ec) || body.look(ec)) return;
    if (why == posix::wake_reason::rung) body.waiter().drop_signals();
  }
}

/// Blocks until `look` finds what it looks for (or an error). `begun`: the spinner knows of the wait already.
template <class Body>
void block_until(Body& body, const steady_deadline& deadline, error_code& ec, bool begun = false) {
  const blocking_call here;
  body.waiter().begin(ec);
  if (ec) return;
  if (!begun) body.spin().begin(body.messages(), body.answer());
  if (body.spin().endless()) {
    body.stalled(true);
    spin_until(body, deadline, ec);
    body.stalled(false);
  } else if (!body.spin().spin([&] { return body.hint(); }, [&] { return body.look(ec); })) {
    sleep_until(body, deadline, ec);
    body.disarm();
  }
  body.waiter().end();
}

/// The same as an operation for async_compose.
template <class Body>
struct wait_op {
  /// `in_handler`: where it starts is a handler already, of the operation of which this is a part.
  /// `here`: the operation's executor is the body's.
  explicit wait_op(Body b, bool in_handler = false, bool here = false)
      : body(std::move(b)), may_complete(in_handler), at_home(here) {}
  wait_op(wait_op&& other)
      : body(std::move(other.body)),
        may_complete(other.may_complete),
        at_home(other.at_home),
        state(other.state),
        result(other.result),
        claimed(std::exchange(other.claimed, false)) {}
  /// An operation that is destroyed, with some executor, before it could complete leaves the waiter to others.
  ~wait_op() {
    // In a forked child there is nothing to let go of: the wait is the parent's.
    if (claimed && !body.waiter().copied()) let_go();
  }

  Body body;
  bool may_complete;  // here and now
  bool at_home;
  enum { starting, refused, found, waiting } state = starting;
  error_code result{};
  bool claimed = false;

  template <class Self>
  void operator()(Self& self, error_code ec = {}) {
    switch (state) {
      case starting:
        self.reset_cancellation_state(boost::asio::enable_total_cancellation());
        body.waiter().begin(result);
        if (result && may_complete) return body.complete(self, result);
        if (result) return post(self, refused);
        claimed = true;
        if (body.look(result)) return has_found(self);
        body.spin().begin(body.messages(), body.answer(), spinner::patience::brief);
        if (body.spin().spin([&] { return body.hint(); }, [&] { return body.look(result); })) return has_found(self);
        break;
      case refused: return body.complete(self, result);
      case found:
        may_complete = true;
        // What was found may be gone by now: another call of the user's may have taken it meanwhile.
        if (result) return finish(self, result);
        if (was_cancelled(self)) return finish(self, boost::asio::error::operation_aborted);
        if (const auto why = body.waiter().take_interrupt(); why && !goes_on(*why, body.line(), ec)) {
          return finish(self, ec);
        }
        if (body.look(ec)) return finish(self, ec);
        break;
      case waiting:
        may_complete = true;
        if (!ec && was_cancelled(self)) ec = boost::asio::error::operation_aborted;
        if (!ec) {
          const auto why = body.waiter().collect();
          if ((!why || goes_on(*why, body.line(), ec)) && !body.look(ec)) {
            if (why == posix::wake_reason::rung) body.waiter().drop_signals();
            break;
          }
        }
        return finish(self, ec);
    }
    if (was_cancelled(self)) {
      result = boost::asio::error::operation_aborted;
      return has_found(self);
    }
    body.arm();
    if (body.look(result)) return has_found(self);
    state = waiting;
    body.sleeps().add(1);
    auto& waiter = body.waiter();
    if (at_home) sleep(waiter, may_complete, boost::asio::bind_executor(body.executor(), std::move(self)));
    else sleep(waiter, may_complete, std::move(self));
  }

  template <class Self>
  void has_found(Self& self) {
    if (may_complete) finish(self, result);
    else post(self, found);
  }

  template <class Self>
  void finish(Self& self, const error_code& ec) {
    let_go();
    if (!at_home) return body.complete(self, ec);
    completion_run run(body.executor());
    body.complete(self, ec);
    run.finish();  // there is no `this` any more
  }

  void let_go() {
    if (!std::exchange(claimed, false)) return;
    body.disarm();
    body.waiter().end();
  }

  /// `op` is the operation, with its executor where that is known here: to ask an erased handler costs allocations.
  template <class Op>
  static void sleep(posix::bell_waiter& waiter, bool may_complete, Op op) {
    try {
      waiter.async_wait(std::move(op));
    } catch (const std::bad_alloc&) {
      if (!may_complete) throw;
      std::move(op)(make_error_code(boost::system::errc::not_enough_memory));  // it was not moved: memory comes first
    }
  }

  /// Completion never happens inside the call that started the operation. The waiter stays claimed until then.
  template <class Self>
  void post(Self& self, decltype(state) next) {
    state = next;
    const auto executor = body.executor();
    if (at_home) completion_run::post(boost::asio::bind_executor(executor, std::move(self)), executor);
    else boost::asio::post(executor, std::move(self));
  }
};

}  // namespace belfry::detail

#endif
