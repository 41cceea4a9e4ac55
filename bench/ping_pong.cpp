// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// How long a message of 64 bytes takes there and back: belfry beside a bare socketpair and a bare cache line.

#include "support/options.hpp"
#include "support/peer_process.hpp"
#include "support/report.hpp"
#include "support/shared_memory.hpp"

#include <belfry/channel.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <utility>
#include <vector>

#include <sys/socket.h>

using namespace belfry;
using namespace belfry::bench;

namespace {

constexpr std::size_t size = 64;
using message = std::array<std::uint64_t, size / 8>;

/// Times `exchange(i)`, which must go there and back once, `count` times after a warm-up.
template <class Exchange>
samples time_each(std::uint64_t count, Exchange exchange) {
  samples s;
  const std::uint64_t warm_up = count / 10;
  for (std::uint64_t i = 0; i != count + warm_up; ++i) {
    const auto start = bench::clock::now();
    exchange(i);
    if (i >= warm_up) s.add(microseconds_since(start));
  }
  return s;
}

std::uint64_t rounds_for(std::uint64_t count) { return count + count / 10; }

void expect(bool as_it_should_be) {
  if (!as_it_should_be) throw std::runtime_error("what came back is not what was sent");
}

/// The floor: one word in shared memory that both look at.
samples cache_line(placement where, std::uint64_t count) {
  struct lines {
    alignas(128) std::atomic<std::uint64_t> there{0};
    alignas(128) std::atomic<std::uint64_t> back{0};
  };
  shared<lines> both;
  peer_process peer([&] {
    pin_to(where.second);
    for (std::uint64_t i = 1; i <= rounds_for(count); ++i) {
      while (both->there.load(std::memory_order_acquire) != i) {
      }
      both->back.store(i, std::memory_order_release);
    }
  });
  pin_to(where.first);
  const auto result = time_each(count, [&](std::uint64_t i) {
    both->there.store(i + 1, std::memory_order_release);
    for (unsigned n = 1; both->back.load(std::memory_order_acquire) != i + 1; ++n) {
      if (n % (1U << 24) == 0) peer.check();
    }
  });
  peer.join();
  return result;
}

/// What the system does at best: a datagram there, a datagram back.
samples datagrams(placement where, std::uint64_t count) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) != 0) throw std::runtime_error("socketpair failed");
  // Such a pair does not tell that the other side died.
  const timeval limit{10, 0};
  ::setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  peer_process peer([&] {
    pin_to(where.second);
    message m;
    for (std::uint64_t i = 0; i != rounds_for(count); ++i) {
      expect(::recv(ends[1], m.data(), size, 0) == size);
      expect(::send(ends[1], m.data(), size, 0) == size);
    }
  });
  ::close(ends[1]);
  pin_to(where.first);
  const auto result = time_each(count, [&](std::uint64_t i) {
    message m{};
    m[0] = i;
    expect(::send(ends[0], m.data(), size, MSG_NOSIGNAL) == size);
    expect(::recv(ends[0], m.data(), size, 0) == size && m[0] == i);
  });
  ::close(ends[0]);
  peer.join();
  return result;
}

samples through_belfry(placement where, std::uint64_t count, wait_policy policy) {
  boost::asio::io_context context;
  auto [mine, theirs] = channel::create_pair(context.get_executor());
  peer_process peer([&] {
    mine = {};
    pin_to(where.second);
    auto c = channel::from_handle(context.get_executor(), std::move(theirs));
    c.set_wait_policy(policy);
    message m;
    for (std::uint64_t i = 0; i != rounds_for(count); ++i) {
      c.receiver().receive(boost::asio::buffer(m));
      c.sender().send(boost::asio::buffer(m));
    }
  });
  theirs = {};
  pin_to(where.first);
  mine.set_wait_policy(policy);
  const auto result = time_each(count, [&](std::uint64_t i) {
    message m{};
    m[0] = i;
    mine.sender().send(boost::asio::buffer(m));
    expect(mine.receiver().receive(boost::asio::buffer(m)) == size && m[0] == i);
  });
  peer.join();
  return result;
}

struct contest {
  row result;
  std::function<samples()> run;
};

std::vector<contest> contests(const options& o) {
  const std::uint64_t sleeping = o.quick ? 500 : 10'000;
  const std::uint64_t spinning = o.quick ? 5'000 : 200'000;
  std::vector<contest> all;
  const auto add = [&](const char* subject, const char* policy, placement where, auto run) {
    all.push_back({{subject, "round trip", size, where.processors(), policy, "us"}, run});
  };
  if (has_two()) {
    const auto two = on_two();
    add("cache line", "spin", two, [=] { return cache_line(two, spinning); });
    add("SOCK_DGRAM socketpair", "block", two, [=] { return datagrams(two, sleeping); });
    add("belfry", "block", two, [=] { return through_belfry(two, sleeping, wait_policy::block); });
    add("belfry", "adaptive", two, [=] { return through_belfry(two, spinning, wait_policy::adaptive); });
    add("belfry", "spin", two, [=] { return through_belfry(two, spinning, wait_policy::spin); });
  }
  const auto one = on_one();
  add("SOCK_DGRAM socketpair", "block", one, [=] { return datagrams(one, sleeping); });
  add("belfry", "block", one, [=] { return through_belfry(one, sleeping, wait_policy::block); });
  add("belfry", "adaptive", one, [=] { return through_belfry(one, sleeping, wait_policy::adaptive); });
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  const auto o = parse_options(argc, argv);
  try {
    if (!has_two()) std::cout << "Only one processor may be used: what needs two is left out.\n";
    auto all = contests(o);
    // In turn, so that what slows the machine for a while slows them all.
    for (int round = 0; round != o.rounds; ++round) {
      for (auto& c : all) c.result.figures.add(c.run());
    }
    report r;
    for (auto& c : all) r.add(std::move(c.result));
    r.print("SOCK_DGRAM socketpair");
    if (!o.json.empty()) r.write_json(o.json);
    return EXIT_SUCCESS;
  } catch (const std::exception& e) {
    std::cerr << argv[0] << ": " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
