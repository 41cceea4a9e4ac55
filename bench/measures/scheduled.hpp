// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_MEASURES_SCHEDULED_HPP
#define BELFRY_BENCH_MEASURES_SCHEDULED_HPP

#include "../support/message.hpp"
#include "../support/style.hpp"
#include "../support/task.hpp"
#include "../support/two_sides.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <thread>

#include <sched.h>

// Messages that are sent when it is time and not when the other side is ready; each tells when it was due, and the
// receiver takes the time from there. So a message that had to wait because an earlier one was slow counts its wait
// (the correction for "coordinated omission").

namespace belfry::bench {

/// The side that sends.
class schedule {
 public:
  enum class kind {
    rare,        ///< One after half a millisecond of sleep, so that the other side sleeps, too.
    fixed_rate,  ///< As `task::rate` says, however long each takes.
  };

  schedule(const task& t, kind k)
      : bytes_(t.size),
        interval_(k == kind::rare ? std::chrono::microseconds(500)
                                  : std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / t.rate))),
        time_(t.time),
        kind_(k) {}

  /// Where the message goes that says that the other side is ready.
  std::span<std::byte> ready() { return bytes_.bytes(); }
  /// It has come.
  void begin() {
    due_ = clock::now();
    end_ = due_ + time_ / 10 + time_;
  }

  /// What to send next, when it is time for it.
  std::span<std::byte> next() {
    if (over_) {
      put_number(bytes_.bytes(), last_message);
      return bytes_.bytes();
    }
    if (kind_ == kind::rare) {
      std::this_thread::sleep_for(interval_);
      due_ = clock::now();
    } else {
      due_ += interval_;
      // Not by sleeping: the timer's own lateness would count. Threads of a library may need this processor.
      while (clock::now() + std::chrono::microseconds(2) < due_) ::sched_yield();
      while (clock::now() < due_) {
      }
    }
    put_number(bytes_.bytes(), static_cast<std::uint64_t>(due_.time_since_epoch().count()));
    return bytes_.bytes();
  }
  /// It was sent. Returns whether there is more to send.
  bool more() {
    if (over_) return false;
    // A subject that cannot keep up would go on for long.
    over_ = ++count_ >= 2 * least_samples && (due_ >= end_ || clock::now() >= end_);
    return true;
  }

 private:
  message_buffer bytes_;
  std::chrono::nanoseconds interval_;
  std::chrono::nanoseconds time_;
  kind kind_;
  clock::time_point due_{};
  clock::time_point end_{};
  std::uint64_t count_ = 0;
  bool over_ = false;
};

/// The side that receives and takes the time.
class arrivals {
 public:
  arrivals(const task& t, outcome& o) : task_(t), outcome_(o), bytes_(t.size) {}

  std::span<std::byte> bytes() { return bytes_.bytes(); }
  /// The message that says that this side is ready.
  std::span<std::byte> ready() {
    put_number(bytes_.bytes(), 1);
    return bytes_.bytes();
  }

  /// A message has come. Returns whether more will.
  bool came() {
    const auto now = clock::now();
    const std::uint64_t number = number_in(bytes_.bytes());
    if (number == last_message) {
      if (meter_) {
        outcome_.second = meter_->so_far(count_);
        outcome_.rate = static_cast<double>(count_) / (microseconds_since(start_) / 1e6);
      }
      return false;
    }
    const clock::time_point due{std::chrono::nanoseconds(number)};
    if (warm_ == clock::time_point{}) warm_ = due + task_.time / 10;
    if (due < warm_) return true;
    if (!meter_) {
      meter_.emplace(task_.count_system_calls);
      start_ = now;
    }
    ++count_;
    outcome_.latency.add(now - due);
    return true;
  }

 private:
  task task_;
  outcome& outcome_;
  message_buffer bytes_;
  clock::time_point warm_{};
  clock::time_point start_{};
  std::uint64_t count_ = 0;
  std::optional<usage_meter> meter_;
};

template <class Side>
boost::asio::awaitable<void> co_send_scheduled(Side& side, schedule& s) {
  co_await side.receive(s.ready(), boost::asio::use_awaitable);
  s.begin();
  do {
    const auto bytes = s.next();
    co_await side.send(bytes, boost::asio::use_awaitable);
  } while (s.more());
}

template <class Side>
boost::asio::awaitable<void> co_receive_scheduled(Side& side, arrivals& a) {
  co_await side.send(a.ready(), boost::asio::use_awaitable);
  do co_await side.receive(a.bytes(), boost::asio::use_awaitable);
  while (a.came());
}

template <class Side>
struct callback_scheduled_sender {
  Side& side;
  schedule& s;

  void go() {
    side.send(s.next(), [this](const auto& ec, auto&&...) {
      expect(!ec);
      if (s.more()) go();
    });
  }
};

template <class Side>
struct callback_scheduled_receiver {
  Side& side;
  arrivals& a;

  void go() {
    side.receive(a.bytes(), [this](const auto& ec, auto&&...) {
      expect(!ec);
      if (a.came()) go();
    });
  }
};

template <class Link, class... Arguments>
void run_scheduled(schedule::kind kind, const task& t, outcome& o, const Arguments&... arguments) {
  const auto first = [&](auto& side) {
    schedule s(t, kind);
    if constexpr (Link::how == style::blocking) {
      side.receive(s.ready());
      s.begin();
      do side.send(s.next());
      while (s.more());
    } else if constexpr (Link::how == style::coroutines) {
      run(side.context(), co_send_scheduled(side, s));
    } else {
      callback_scheduled_sender sender{side, s};
      side.receive(s.ready(), [&](const auto& ec, auto&&...) {
        expect(!ec);
        s.begin();
        sender.go();
      });
      side.context().run();
    }
    // Before this side closes, everything must have arrived.
    join_other_side();
  };
  const auto second = [&](auto& side) {
    arrivals a(t, o);
    if constexpr (Link::how == style::blocking) {
      side.send(a.ready());
      do side.receive(a.bytes());
      while (a.came());
    } else if constexpr (Link::how == style::coroutines) {
      run(side.context(), co_receive_scheduled(side, a));
    } else {
      callback_scheduled_receiver receiver{side, a};
      side.send(a.ready(), [&](const auto& ec, auto&&...) {
        expect(!ec);
        receiver.go();
      });
      side.context().run();
    }
  };
  on_two_sides<Link>(t, first, second, arguments...);
}

}  // namespace belfry::bench

#endif
