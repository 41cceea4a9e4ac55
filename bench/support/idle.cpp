// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "idle.hpp"

#include "shared_memory.hpp"
#include "task.hpp"
#include "two_sides.hpp"

#include <belfry/channel.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <atomic>
#include <thread>

#include <time.h>
#include <unistd.h>

namespace belfry::bench {
namespace {

std::int64_t cpu_ns(clockid_t which) {
  timespec t{};
  ::clock_gettime(which, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

}  // namespace

double idle_cpu_ns(wait_policy policy, way_to_wait way, std::chrono::nanoseconds time) {
  struct waiter {
    std::atomic<pid_t> pid{0};
    std::int64_t used = 0;
  };
  shared<waiter> w;
  in_a_process([&] {
    boost::asio::io_context context;
    auto [mine, theirs] = channel::create_pair(context.get_executor());
    start_other_side([&] {
      mine = {};
      boost::asio::io_context own(1);  // a fork would share the other one's epoll
      auto c = channel::from_handle(own.get_executor(), std::move(theirs));
      c.set_wait_policy(policy);
      w->pid = ::getpid();
      std::array<char, 64> message;
      if (way == way_to_wait::blocking) {
        c.receiver().receive(boost::asio::buffer(message));
      } else {
        c.receiver().async_receive(boost::asio::buffer(message), [](error_code ec, std::size_t) { expect(!ec); });
        own.run();
      }
    });
    theirs = {};
    while (w->pid == 0) std::this_thread::yield();
    clockid_t clock_of_waiter{};
    expect(::clock_getcpuclockid(w->pid, &clock_of_waiter) == 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const auto before = cpu_ns(clock_of_waiter);
    std::this_thread::sleep_for(time);
    w->used = cpu_ns(clock_of_waiter) - before;
    mine.sender().send(boost::asio::buffer("x", 1));
    join_other_side();
  });
  return static_cast<double>(w->used);
}

}  // namespace belfry::bench
