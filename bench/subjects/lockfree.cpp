// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "../support/shared_memory.hpp"
#include "subjects.hpp"

#include <boost/lockfree/spsc_queue.hpp>

#include <array>
#include <cstring>
#include <stdexcept>

// Boost.Lockfree's queue in shared memory: items of one size, fixed when it is compiled, and no way to sleep.

namespace belfry::bench {
namespace {

template <std::size_t Size>
class lockfree_link {
 public:
  static constexpr auto how = style::blocking;

  using item = std::array<std::byte, Size>;
  using queue = boost::lockfree::spsc_queue<item, boost::lockfree::capacity<buffer_bytes(Size) / Size>>;
  struct queues {
    alignas(128) queue there;
    alignas(128) queue back;
  };
  struct side {
    queue& out;
    queue& in;

    // The messages are aligned, and of that size.
    void send(std::span<const std::byte> message) {
      while (!out.push(*reinterpret_cast<const item*>(message.data()))) {
      }
    }
    void receive(std::span<std::byte> message) {
      while (!in.pop(*reinterpret_cast<item*>(message.data()))) {
      }
    }
  };

  explicit lockfree_link(const task&) {}
  side first() { return {queues_->there, queues_->back}; }
  side second() { return {queues_->back, queues_->there}; }

 private:
  shared<queues> queues_;
};

/// Calls `f` with a link for messages of `size` bytes.
template <class F>
void with_size(std::size_t size, F f) {
  switch (size) {
    case 8: return f.template operator()<lockfree_link<8>>();
    case 64: return f.template operator()<lockfree_link<64>>();
    case 1024: return f.template operator()<lockfree_link<1024>>();
    case 4096: return f.template operator()<lockfree_link<4096>>();
    case 65536: return f.template operator()<lockfree_link<65536>>();
    default: throw std::invalid_argument("no queue of Boost.Lockfree was compiled for this size");
  }
}

}  // namespace

void add_lockfree(subjects& s) {
  subject queue;
  queue.name = "Boost.Lockfree spsc_queue";
  queue.policy = "spin";
  queue.sleeps = false;
  queue.largest = 65536;
  queue.ping_pong = [](const task& t, outcome& o) {
    with_size(t.size, [&]<class Link>() { run_ping_pong<Link>(t, o); });
  };
  queue.throughput = [](const task& t, outcome& o) {
    with_size(t.size, [&]<class Link>() { run_throughput<Link>(t, o); });
  };
  queue.offered_rate = [](const task& t, outcome& o) {
    with_size(t.size, [&]<class Link>() { run_scheduled<Link>(schedule::kind::fixed_rate, t, o); });
  };
  s.all.push_back(std::move(queue));
}

}  // namespace belfry::bench
