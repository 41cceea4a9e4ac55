// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_MEASURES_THROUGHPUT_HPP
#define BELFRY_BENCH_MEASURES_THROUGHPUT_HPP

#include "../support/message.hpp"
#include "../support/style.hpp"
#include "../support/task.hpp"
#include "../support/two_sides.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <optional>
#include <span>

// One message after another, one way, as fast as they go; a message back when the last has come.

namespace belfry::bench {

/// The side that sends.
class outpour {
 public:
  outpour(const task& t, outcome& o)
      : outcome_(o),
        bytes_(t.size),
        warm_(clock::now() + t.time / 10),
        end_(warm_ + t.time),
        between_looks_(t.size < 4096 ? 64 : 1),
        until_look_(between_looks_),
        meter_(t.count_system_calls) {}

  /// What to send next.
  std::span<std::byte> next() {
    put_number(bytes_.bytes(), over_ ? last_message : count_);
    return bytes_.bytes();
  }
  /// It was sent. Returns whether there is more to send.
  bool more() {
    if (over_) return false;
    ++count_;
    if (--until_look_ == 0) look();
    return true;
  }
  /// Where the message goes that ends it all.
  std::span<std::byte> answer() { return bytes_.bytes(); }
  /// That message has come.
  void done() {
    outcome_.rate = static_cast<double>(count_ - count_at_start_) / (microseconds_since(start_) / 1e6);
    outcome_.first = meter_.so_far(count_);
  }

 private:
  void look() {
    until_look_ = between_looks_;
    const auto now = clock::now();
    if (count_at_start_ == 0 && now >= warm_) {
      count_at_start_ = count_;
      start_ = now;
    }
    over_ = now >= end_ && count_at_start_ != 0 && count_ - count_at_start_ >= least_samples;
  }

  outcome& outcome_;
  message_buffer bytes_;
  clock::time_point warm_;
  clock::time_point end_;
  unsigned between_looks_;
  unsigned until_look_;
  std::uint64_t count_ = 0;
  std::uint64_t count_at_start_ = 0;
  clock::time_point start_{};
  bool over_ = false;
  usage_meter meter_;
};

/// The side that receives.
class inflow {
 public:
  inflow(const task& t, outcome& o) : task_(t), outcome_(o), bytes_(t.size) {}

  std::span<std::byte> bytes() { return bytes_.bytes(); }

  /// A message has come. Returns whether more will.
  bool came() {
    const std::uint64_t number = number_in(bytes_.bytes());
    if (number == last_message) {
      outcome_.second = meter_->so_far(count_);
      return false;
    }
    if (number == 0) meter_.emplace(task_.count_system_calls);
    expect(number == count_++);
    return true;
  }

 private:
  task task_;
  outcome& outcome_;
  message_buffer bytes_;
  std::uint64_t count_ = 0;
  std::optional<usage_meter> meter_;
};

template <class Side>
boost::asio::awaitable<void> co_pour(Side& side, outpour& out) {
  do co_await side.send(out.next(), boost::asio::use_awaitable);
  while (out.more());
  co_await side.receive(out.answer(), boost::asio::use_awaitable);
  out.done();
}

template <class Side>
boost::asio::awaitable<void> co_drink(Side& side, inflow& in) {
  do co_await side.receive(in.bytes(), boost::asio::use_awaitable);
  while (in.came());
  co_await side.send(in.bytes(), boost::asio::use_awaitable);
}

template <class Side>
struct callback_pourer {
  Side& side;
  outpour& out;

  void go() {
    side.send(out.next(), [this](const auto& ec, auto&&...) {
      expect(!ec);
      if (out.more()) return go();
      side.receive(out.answer(), [this](const auto& failure, auto&&...) {
        expect(!failure);
        out.done();
      });
    });
  }
};

template <class Side>
struct callback_drinker {
  Side& side;
  inflow& in;

  void go() {
    side.receive(in.bytes(), [this](const auto& ec, auto&&...) {
      expect(!ec);
      if (in.came()) return go();
      side.send(in.bytes(), [](const auto& failure, auto&&...) { expect(!failure); });
    });
  }
};

template <class Link, class... Arguments>
void run_throughput(const task& t, outcome& o, const Arguments&... arguments) {
  const auto first = [&](auto& side) {
    outpour out(t, o);
    if constexpr (Link::how == style::blocking) {
      do side.send(out.next());
      while (out.more());
      if constexpr (requires { side.flush(); }) side.flush();
      side.receive(out.answer());
      out.done();
    } else if constexpr (Link::how == style::coroutines) {
      run(side.context(), co_pour(side, out));
    } else {
      callback_pourer pourer{side, out};
      pourer.go();
      side.context().run();
    }
  };
  const auto second = [&](auto& side) {
    inflow in(t, o);
    if constexpr (Link::how == style::blocking) {
      do side.receive(in.bytes());
      while (in.came());
      side.send(in.bytes());
      if constexpr (requires { side.flush(); }) side.flush();
    } else if constexpr (Link::how == style::coroutines) {
      run(side.context(), co_drink(side, in));
    } else {
      callback_drinker drinker{side, in};
      drinker.go();
      side.context().run();
    }
  };
  on_two_sides<Link>(t, first, second, arguments...);
}

}  // namespace belfry::bench

#endif
