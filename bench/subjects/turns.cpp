// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "../support/shared_memory.hpp"
#include "../support/work.hpp"
#include "subjects.hpp"

#include <atomic>

// The floor of all that is written and read in place: one place in shared memory, which one process writes and the other
// reads, by turns.

namespace belfry::bench {
namespace {

class turns_link {
 public:
  static constexpr auto how = style::blocking;

  struct flags {
    alignas(128) std::atomic<std::uint64_t> written{0};
    alignas(128) std::atomic<std::uint64_t> read{0};
  };
  struct writer {
    turns_link& link;
    std::uint64_t position = 0;

    void send(std::span<const std::byte> message) {
      while (link.flags_->read.load(std::memory_order_acquire) != position) {
      }
      write_all({link.place_.data(), message.size()}, number_in(message));
      link.flags_->written.store(++position, std::memory_order_release);
    }
    void receive(std::span<std::byte>) {
      while (link.flags_->read.load(std::memory_order_acquire) != position) {
      }
    }
  };
  struct reader {
    turns_link& link;
    std::uint64_t position = 0;

    void receive(std::span<std::byte> message) {
      while (link.flags_->written.load(std::memory_order_acquire) == position) {
      }
      put_number(message, read_all({link.place_.data(), message.size()}));
      link.flags_->read.store(++position, std::memory_order_release);
    }
    void send(std::span<const std::byte>) {}
  };

  explicit turns_link(const task& t) : place_(t.size) {}
  writer first() { return {*this}; }
  reader second() { return {*this}; }

 private:
  shared_bytes place_;
  shared<flags> flags_;
};

}  // namespace

void add_turns(subjects& s) {
  s.all.push_back(
      of_sizes(only_throughput(spinning(make_subject<turns_link>("memory by turns", "spin"))), 4096, 1 << 20));
}

}  // namespace belfry::bench
