// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "../support/shared_memory.hpp"
#include "subjects.hpp"

#include <atomic>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

// The floor of all that sleeps on memory: one word each way, on which its reader sleeps in the kernel. It carries a number.

namespace belfry::bench {
namespace {

void futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value) {
  ::syscall(SYS_futex, &word, operation, value, nullptr, nullptr, 0);
}

class futex_link {
 public:
  static constexpr auto how = style::blocking;

  struct mailbox {
    alignas(128) std::atomic<std::uint32_t> turn{0};
    std::uint64_t number = 0;
  };
  struct boxes {
    mailbox there;
    mailbox back;
  };
  struct side {
    mailbox& out;
    mailbox& in;
    std::uint32_t sent = 0;
    std::uint32_t received = 0;

    void send(std::span<const std::byte> message) {
      out.number = number_in(message);
      out.turn.store(++sent, std::memory_order_release);
      futex(out.turn, FUTEX_WAKE, 1);
    }
    void receive(std::span<std::byte> message) {
      while (in.turn.load(std::memory_order_acquire) == received) futex(in.turn, FUTEX_WAIT, received);
      ++received;
      put_number(message, in.number);
    }
  };

  explicit futex_link(const task&) {}
  side first() { return {boxes_->there, boxes_->back}; }
  side second() { return {boxes_->back, boxes_->there}; }

 private:
  shared<boxes> boxes_;
};

}  // namespace

void add_futex(subjects& s) {
  subject futexes = of_sizes(make_subject<futex_link>("futex", "block"), 8, 64);
  futexes.throughput = futexes.offered_rate = nullptr;  // it holds one message
  s.all.push_back(futexes);
}

}  // namespace belfry::bench
