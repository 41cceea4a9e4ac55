// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "../support/shared_memory.hpp"
#include "subjects.hpp"

#include <atomic>

// The floor of all that spins: one word each way that both look at without pause. It carries a number.

namespace belfry::bench {
namespace {

class cache_line_link {
 public:
  static constexpr auto how = style::blocking;

  struct lines {
    alignas(128) std::atomic<std::uint64_t> there{0};
    alignas(128) std::atomic<std::uint64_t> back{0};
  };
  struct side {
    std::atomic<std::uint64_t>& mine;
    std::atomic<std::uint64_t>& other;
    std::uint64_t seen = 0;

    void send(std::span<const std::byte> message) { mine.store(number_in(message), std::memory_order_release); }
    void receive(std::span<std::byte> message) {
      std::uint64_t number;
      while ((number = other.load(std::memory_order_acquire)) == seen) {
      }
      seen = number;
      put_number(message, number);
    }
  };

  explicit cache_line_link(const task&) {}
  side first() { return {lines_->there, lines_->back}; }
  side second() { return {lines_->back, lines_->there}; }

 private:
  shared<lines> lines_;
};

}  // namespace

void add_cache_line(subjects& s) {
  s.all.push_back(of_sizes(only_ping_pong(spinning(make_subject<cache_line_link>("cache line", "spin"))), 8, 64));
}

}  // namespace belfry::bench
