// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "../support/shared_memory.hpp"
#include "subjects.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

// The floor of all that copies in and out: a buffer in shared memory, one memcpy into it and one out of it, and nothing
// besides but the two counters that tell which places are full. All messages have one size; no side sleeps.

namespace belfry::bench {
namespace {

class memcpy_link {
 public:
  static constexpr auto how = style::blocking;

  struct counters {
    alignas(128) std::atomic<std::uint64_t> written{0};
    alignas(128) std::atomic<std::uint64_t> read{0};
    // The way back, for one word.
    alignas(128) std::atomic<std::uint64_t> answer{0};
  };
  struct writer {
    memcpy_link& link;
    std::uint64_t position = 0;
    std::uint64_t read = 0;

    void send(std::span<const std::byte> message) {
      while (position - read == link.places_) read = link.counters_->read.load(std::memory_order_acquire);
      std::memcpy(link.place(position), message.data(), message.size());
      link.counters_->written.store(++position, std::memory_order_release);
    }
    void receive(std::span<std::byte>) {
      while (link.counters_->answer.load(std::memory_order_acquire) == 0) {
      }
    }
  };
  struct reader {
    memcpy_link& link;
    std::uint64_t position = 0;
    std::uint64_t written = 0;

    void receive(std::span<std::byte> message) {
      while (position == written) written = link.counters_->written.load(std::memory_order_acquire);
      std::memcpy(message.data(), link.place(position), message.size());
      link.counters_->read.store(++position, std::memory_order_release);
    }
    void send(std::span<const std::byte>) { link.counters_->answer.store(1, std::memory_order_release); }
  };

  explicit memcpy_link(const task& t)
      : stride_((t.size + 63) / 64 * 64), places_(buffer_bytes(t.size) / stride_), bytes_(places_ * stride_) {}
  writer first() { return {*this}; }
  reader second() { return {*this}; }

 private:
  std::byte* place(std::uint64_t position) const { return bytes_.data() + position % places_ * stride_; }

  std::size_t stride_;
  std::uint64_t places_;
  shared_bytes bytes_;
  shared<counters> counters_;
};

}  // namespace

void add_memcpy(subjects& s) {
  s.all.push_back(only_throughput(spinning(make_subject<memcpy_link>("two memcpy", "spin"))));
}

}  // namespace belfry::bench
