// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "../support/shared_memory.hpp"
#include "../support/sockets.hpp"
#include "subjects.hpp"

#include <atomic>

#include <sys/eventfd.h>
#include <unistd.h>

// An eventfd each way, and the number beside it in shared memory.

namespace belfry::bench {
namespace {

class eventfd_link {
 public:
  static constexpr auto how = style::blocking;

  struct numbers {
    alignas(128) std::atomic<std::uint64_t> there{0};
    alignas(128) std::atomic<std::uint64_t> back{0};
  };
  struct side {
    int out;
    int in;
    std::atomic<std::uint64_t>& sent;
    std::atomic<std::uint64_t>& received;

    void send(std::span<const std::byte> message) {
      sent.store(number_in(message), std::memory_order_release);
      const std::uint64_t one = 1;
      expect(::write(out, &one, sizeof one) == sizeof one);
    }
    void receive(std::span<std::byte> message) {
      std::uint64_t count;
      expect(::read(in, &count, sizeof count) == sizeof count);
      put_number(message, received.load(std::memory_order_acquire));
    }
  };

  explicit eventfd_link(const task&) : there_(::eventfd(0, EFD_CLOEXEC)), back_(::eventfd(0, EFD_CLOEXEC)) {}
  side first() { return {there_.get(), back_.get(), numbers_->there, numbers_->back}; }
  side second() { return {back_.get(), there_.get(), numbers_->back, numbers_->there}; }

 private:
  descriptor there_;
  descriptor back_;
  shared<numbers> numbers_;
};

}  // namespace

void add_eventfd(subjects& s) {
  subject events = of_sizes(make_subject<eventfd_link>("eventfd", "block"), 8, 64);
  events.throughput = events.offered_rate = nullptr;  // it holds one message
  s.all.push_back(events);
}

}  // namespace belfry::bench
