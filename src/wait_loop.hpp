// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_WAIT_LOOP_HPP
#define BELFRY_SRC_WAIT_LOOP_HPP

#include <belfry/detail/counter.hpp>
#include <belfry/detail/link.hpp>
#include <belfry/detail/posix/bell_waiter.hpp>
#include <belfry/detail/spinner.hpp>
#include <belfry/error.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace belfry::detail {

// Both directions wait in the same way. They differ in what they look for, and in the position at which they want to be
// rung:
//
//   bool look(error_code&)   is it there? An error counts as there.
//   void arm()               publish the position at which to be rung, and fence
//   void disarm()            the wait is over
//
// The order is the point: arm, look again, and only then sleep.
//
// A look that succeeds after arming leaves a signal behind, which the peer may send all the same. Each such signal wakes
// somebody for nothing later on. Hence whoever is rung and finds nothing drops all signals that wait, before arming anew;
// else a busy stream keeps the bell full of them, and no sleep is one.

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
template <class Look>
void spin_until(Look look, posix::bell_waiter& waiter, link& line, const posix::steady_deadline& deadline,
                error_code& ec) {
  constexpr unsigned looks_between_checks = 4096;
  for (unsigned i = 1; !look(ec); ++i) {
    spin_pause();
    if (i % looks_between_checks != 0) continue;
    yield_processor();  // the peer may be pinned to this very one
    line.listen();
    if (const auto why = waiter.take_interrupt(); why && !goes_on(*why, line, ec)) return;
    if (deadline && std::chrono::steady_clock::now() >= *deadline) {
      if (!look(ec)) ec = error::timed_out;
      return;
    }
  }
}

/// Blocks until `look` finds what it looks for (or an error).
template <class Look, class Arm, class Disarm>
void block_until(Look look, Arm arm, Disarm disarm, posix::bell_waiter& waiter, spinner& spin, counter& sleeps,
                 link& line, const posix::steady_deadline& deadline, error_code& ec) {
  waiter.begin(ec);
  if (ec) return;
  if (spin.endless()) {
    spin_until(look, waiter, line, deadline, ec);
  } else if (!spin.spin([&] { return look(ec); })) {
    for (;;) {
      arm();
      if (look(ec)) break;
      sleeps.add(1);
      auto why = waiter.wait(deadline, ec);
      // A peer that never stops ringing must not stretch a limit.
      if (deadline && std::chrono::steady_clock::now() >= *deadline && why != posix::wake_reason::interrupted) {
        if (why == posix::wake_reason::line) line.listen();
        if (look(ec)) break;  // what came in the last moment is not turned away for the clock
        why = posix::wake_reason::timed_out;
      }
      if (!goes_on(why, line, ec) || look(ec)) break;
      if (why == posix::wake_reason::rung) waiter.drop_signals();
    }
    disarm();
  }
  waiter.end();
}

/// The same as an operation for async_compose. Beside look, arm and disarm, `Body` has waiter(), line(), executor(),
/// sleeps(), and complete(self, ec), which lets go of what the operation holds and completes.
template <class Body>
struct wait_op {
  Body body;
  enum { starting, refused, found, waiting } state = starting;
  error_code result{};

  template <class Self>
  void operator()(Self& self, error_code ec = {}) {
    switch (state) {
      case starting:
        self.reset_cancellation_state(boost::asio::enable_total_cancellation());
        body.waiter().begin(result);
        if (result) return post(self, refused);
        if (body.look(result)) return post(self, found);
        break;
      case refused: return body.complete(self, result);
      case found:
        // What was found may be gone by now: another call of the user's may have taken it meanwhile.
        if (result) return finish(self, result);
        if (const auto why = body.waiter().take_interrupt(); why && !goes_on(*why, body.line(), ec)) {
          return finish(self, ec);
        }
        if (body.look(ec)) return finish(self, ec);
        break;
      case waiting:
        if (!ec) {
          const auto why = body.waiter().collect();
          if ((!why || goes_on(*why, body.line(), ec)) && !body.look(ec)) {
            if (why == posix::wake_reason::rung) body.waiter().drop_signals();
            break;
          }
        }
        return finish(self, ec);
    }
    // A cancellation may have come while no wait was under way that it could have ended.
    if (self.get_cancellation_state().cancelled() != boost::asio::cancellation_type::none) {
      result = boost::asio::error::operation_aborted;
      return post(self, found);
    }
    body.arm();
    if (body.look(result)) return post(self, found);
    state = waiting;
    body.sleeps().add(1);
    auto& waiter = body.waiter();
    waiter.async_wait(std::move(self));
  }

  template <class Self>
  void finish(Self& self, const error_code& ec) {
    body.disarm();
    body.waiter().end();
    body.complete(self, ec);
  }

  /// Completion never happens inside the call that started the operation. The waiter stays claimed until then.
  template <class Self>
  void post(Self& self, decltype(state) next) {
    state = next;
    const auto executor = body.executor();
    boost::asio::post(executor, std::move(self));
  }
};

}  // namespace belfry::detail

#endif
