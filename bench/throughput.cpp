// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// How many messages a second go one way, and what they cost in bells and sleeps: belfry beside a queue of Boost.Lockfree
// in shared memory, which can neither sleep nor carry messages of different sizes.

#include "support/options.hpp"
#include "support/peer_process.hpp"
#include "support/report.hpp"
#include "support/shared_memory.hpp"

#include <belfry/channel.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/lockfree/spsc_queue.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace belfry;
using namespace belfry::bench;

namespace {

constexpr std::size_t ring_size = 256 * 1024;

void expect(bool as_it_should_be) {
  if (!as_it_should_be) throw std::runtime_error("a message is not the one that was due");
}

/// Millions of messages a second, and what was counted meanwhile.
struct outcome {
  double rate = 0;
  double bells_and_sleeps = 0;  ///< Of both sides, for 1,000 messages. Each is at most three system calls.
};

double rate_of(std::uint64_t count, bench::clock::time_point start) {
  return static_cast<double>(count) / microseconds_since(start);
}

std::uint64_t events(const channel_stats& s) {
  return s.sent.rings + s.sent.sleeps + s.received.rings + s.received.sleeps;
}

outcome through_belfry(placement where, std::size_t size, std::uint64_t count, wait_policy policy) {
  boost::asio::io_context context;
  auto [mine, theirs] = channel::create_pair(context.get_executor(), {ring_size, 4096});
  peer_process peer([&] {
    mine = {};
    pin_to(where.second);
    auto c = channel::from_handle(context.get_executor(), std::move(theirs));
    c.set_wait_policy(policy);
    std::vector<char> copy(size);
    for (std::uint64_t i = 0; i != count; ++i) {
      expect(c.receiver().receive(boost::asio::buffer(copy)) == size);
      expect(std::memcmp(copy.data(), &i, sizeof i) == 0);
    }
    const std::uint64_t mine_to_count = events(c.stats());
    c.sender().send(boost::asio::buffer(&mine_to_count, sizeof mine_to_count));
  });
  theirs = {};
  pin_to(where.first);
  mine.set_wait_policy(policy);
  std::vector<char> original(size, 'x');
  const auto start = bench::clock::now();
  for (std::uint64_t i = 0; i != count; ++i) {
    std::memcpy(original.data(), &i, sizeof i);
    mine.sender().send(boost::asio::buffer(original));
  }
  std::uint64_t counted = 0;
  mine.receiver().receive(boost::asio::buffer(&counted, sizeof counted));
  outcome o{rate_of(count, start), 0};
  counted += events(mine.stats());
  o.bells_and_sleeps = 1000.0 * static_cast<double>(counted) / static_cast<double>(count);
  peer.join();
  return o;
}

outcome through_lockfree(placement where, std::uint64_t count) {
  using item = std::array<char, 64>;
  struct queue {
    boost::lockfree::spsc_queue<item, boost::lockfree::capacity<ring_size / 64>> items;
    std::atomic<bool> done{false};
  };
  shared<queue> q;
  peer_process peer([&] {
    pin_to(where.second);
    item copy;
    for (std::uint64_t i = 0; i != count; ++i) {
      while (!q->items.pop(copy)) {
      }
      expect(std::memcmp(copy.data(), &i, sizeof i) == 0);
    }
    q->done.store(true, std::memory_order_release);
  });
  pin_to(where.first);
  item original{};
  unsigned waits = 0;
  const auto wait = [&] {
    if (++waits % (1U << 24) == 0) peer.check();
  };
  const auto start = bench::clock::now();
  for (std::uint64_t i = 0; i != count; ++i) {
    std::memcpy(original.data(), &i, sizeof i);
    while (!q->items.push(original)) wait();
  }
  while (!q->done.load(std::memory_order_acquire)) wait();
  const outcome o{rate_of(count, start), 0};
  peer.join();
  return o;
}

struct contest {
  row result;
  std::function<outcome()> run;
  samples events{};
};

std::vector<contest> contests(const options& o) {
  std::vector<contest> all;
  const auto add = [&](const char* subject, const char* policy, std::size_t size, placement where, auto run) {
    all.push_back({{subject, "throughput", size, where.processors(), policy, "million messages a second"}, run});
  };
  const auto belfry_at = [&](placement where, wait_policy policy, const char* name) {
    for (const std::size_t size : {8U, 64U, 4096U, 65536U}) {
      const std::uint64_t bytes = o.quick ? 8U << 20 : 1U << 30;
      const std::uint64_t count = std::min<std::uint64_t>(bytes / size, o.quick ? 50'000 : 5'000'000);
      add("belfry", name, size, where, [=] { return through_belfry(where, size, count, policy); });
    }
  };
  if (has_two()) {
    const auto two = on_two();
    const std::uint64_t count = o.quick ? 50'000 : 5'000'000;
    add("Boost.Lockfree spsc_queue", "spin", 64, two, [=] { return through_lockfree(two, count); });
    belfry_at(two, wait_policy::adaptive, "adaptive");
    belfry_at(two, wait_policy::block, "block");
  }
  belfry_at(on_one(), wait_policy::adaptive, "adaptive");
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  const auto o = parse_options(argc, argv);
  try {
    if (!has_two()) std::cout << "Only one processor may be used: what needs two is left out.\n";
    auto all = contests(o);
    for (int round = 0; round != o.rounds; ++round) {
      for (auto& c : all) {
        const auto one = c.run();
        c.result.figures.add(one.rate);
        c.events.add(one.bells_and_sleeps);
      }
    }
    report r;
    for (auto& c : all) {
      if (c.result.subject == "belfry") {
        char note[64];
        std::snprintf(note, sizeof note, "%.3f bells and sleeps per 1,000 messages", c.events.quantile(0.5));
        c.result.note = note;
      }
      r.add(std::move(c.result));
    }
    r.print("Boost.Lockfree spsc_queue");
    if (!o.json.empty()) r.write_json(o.json);
    return EXIT_SUCCESS;
  } catch (const std::exception& e) {
    std::cerr << argv[0] << ": " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
