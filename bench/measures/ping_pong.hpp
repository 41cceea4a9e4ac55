// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_MEASURES_PING_PONG_HPP
#define BELFRY_BENCH_MEASURES_PING_PONG_HPP

#include "../support/message.hpp"
#include "../support/style.hpp"
#include "../support/task.hpp"
#include "../support/two_sides.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <optional>
#include <span>

// A message there and back again and again: what the two sides do, for each way of writing a program.

namespace belfry::bench {

/// The side that asks and takes the time.
class round_trips {
 public:
  round_trips(const task& t, outcome& o)
      : outcome_(o), out_(t.size), in_(t.size), time_(t.time), meter_(t.count_system_calls) {}

  /// What to send next.
  std::span<std::byte> question() {
    number_ = over_ ? last_message : number_ + 1;
    put_number(out_.bytes(), number_);
    return out_.bytes();
  }
  /// Where the answer goes.
  std::span<std::byte> answer() { return in_.bytes(); }

  /// The answer has come. Returns whether to ask once more.
  bool came() {
    const auto now = clock::now();
    expect(number_in(in_.bytes()) == number_);
    if (over_) return false;
    // The other side may not have been ready before.
    if (number_ == 1) warm_ = now + time_ / 10;
    // From one answer to the next, so that looking at the clock counts once.
    if (number_ > 1 && previous_ >= warm_) outcome_.latency.add(now - previous_);
    previous_ = now;
    if (now >= warm_ + time_ && outcome_.latency.count() >= least_samples) {
      outcome_.first = meter_.so_far(number_);
      over_ = true;
    }
    return true;
  }

 private:
  outcome& outcome_;
  message_buffer out_;
  message_buffer in_;
  std::chrono::nanoseconds time_;
  clock::time_point warm_{};
  clock::time_point previous_{};
  std::uint64_t number_ = 0;
  bool over_ = false;
  usage_meter meter_;
};

/// The side that sends back what it receives.
class echo {
 public:
  echo(const task& t, outcome& o) : task_(t), outcome_(o), bytes_(t.size) {}

  std::span<std::byte> bytes() { return bytes_.bytes(); }

  /// A message has come. Returns whether more will, once it is sent back.
  bool came() {
    // The first may have waited for the other side to be ready.
    if (count_++ == 0) meter_.emplace(task_.count_system_calls);
    if (number_in(bytes_.bytes()) != last_message) return true;
    outcome_.second = meter_->so_far(count_ - 1);
    return false;
  }

 private:
  task task_;
  outcome& outcome_;
  message_buffer bytes_;
  std::uint64_t count_ = 0;
  std::optional<usage_meter> meter_;
};

template <class Side>
void ask(Side& side, round_trips& trips) {
  do {
    side.send(trips.question());
    side.receive(trips.answer());
  } while (trips.came());
}

template <class Side>
void answer(Side& side, echo& e) {
  bool more = true;
  while (more) {
    side.receive(e.bytes());
    more = e.came();
    side.send(e.bytes());
  }
}

template <class Side>
boost::asio::awaitable<void> co_ask(Side& side, round_trips& trips) {
  do {
    const auto question = trips.question();
    if constexpr (requires { side.exchange(question, trips.answer(), boost::asio::use_awaitable); }) {
      co_await side.exchange(question, trips.answer(), boost::asio::use_awaitable);
    } else {
      if constexpr (requires { side.send_now(question); }) side.send_now(question);
      else co_await side.send(question, boost::asio::use_awaitable);
      co_await side.receive(trips.answer(), boost::asio::use_awaitable);
    }
  } while (trips.came());
}

template <class Side>
boost::asio::awaitable<void> co_answer(Side& side, echo& e) {
  bool more = true;
  while (more) {
    co_await side.receive(e.bytes(), boost::asio::use_awaitable);
    more = e.came();
    if constexpr (requires { side.send_now(e.bytes()); }) side.send_now(e.bytes());
    else co_await side.send(e.bytes(), boost::asio::use_awaitable);
  }
}

template <class Side>
struct callback_asker {
  Side& side;
  round_trips& trips;

  void go() {
    side.send(trips.question(), [this](const auto& ec, auto&&...) {
      expect(!ec);
      side.receive(trips.answer(), [this](const auto& failure, auto&&...) {
        expect(!failure);
        if (trips.came()) go();
      });
    });
  }
};

template <class Side>
struct callback_answerer {
  Side& side;
  echo& e;

  void go() {
    side.receive(e.bytes(), [this](const auto& ec, auto&&...) {
      expect(!ec);
      side.send(e.bytes(), [this, more = e.came()](const auto& failure, auto&&...) {
        expect(!failure);
        if (more) go();
      });
    });
  }
};

template <class Link, class... Arguments>
void run_ping_pong(const task& t, outcome& o, const Arguments&... arguments) {
  const auto first = [&](auto& side) {
    round_trips trips(t, o);
    if constexpr (Link::how == style::blocking) {
      ask(side, trips);
    } else if constexpr (Link::how == style::coroutines) {
      run(side.context(), co_ask(side, trips));
    } else {
      callback_asker asker{side, trips};
      asker.go();
      side.context().run();
    }
  };
  const auto second = [&](auto& side) {
    echo e(t, o);
    if constexpr (Link::how == style::blocking) {
      answer(side, e);
    } else if constexpr (Link::how == style::coroutines) {
      run(side.context(), co_answer(side, e));
    } else {
      callback_answerer answerer{side, e};
      answerer.go();
      side.context().run();
    }
  };
  on_two_sides<Link>(t, first, second, arguments...);
}

}  // namespace belfry::bench

#endif
