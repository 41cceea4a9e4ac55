// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "../support/shared_memory.hpp"
#include "subjects.hpp"

#include <belfry/doorbell.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <memory>
#include <tuple>
#include <utility>

// The doorbell alone, which carries nothing: the number lies beside it in shared memory.

namespace belfry::bench {
namespace {

struct numbers {
  alignas(128) std::atomic<std::uint64_t> there{0};
  alignas(128) std::atomic<std::uint64_t> back{0};
};

struct blocking_side {
  boost::asio::io_context& io;
  doorbell bell;
  std::atomic<std::uint64_t>& sent;
  std::atomic<std::uint64_t>& received;

  void send(std::span<const std::byte> message) {
    sent.store(number_in(message), std::memory_order_release);
    expect(bell.signal() == signal_result::sent);
  }
  void receive(std::span<std::byte> message) {
    bell.wait();
    put_number(message, received.load(std::memory_order_acquire));
  }
};

struct coroutine_side {
  boost::asio::io_context& io;
  doorbell bell;
  std::atomic<std::uint64_t>& sent;
  std::atomic<std::uint64_t>& received;

  boost::asio::io_context& context() { return io; }

  void send_now(std::span<const std::byte> message) {
    sent.store(number_in(message), std::memory_order_release);
    expect(bell.signal() == signal_result::sent);
  }
  template <class Token>
  boost::asio::awaitable<void> receive(std::span<std::byte> message, Token token) {
    co_await bell.async_wait(token);
    put_number(message, received.load(std::memory_order_acquire));
  }
};

template <class Side, style How>
class doorbell_link {
 public:
  static constexpr auto how = How;

  explicit doorbell_link(const task&) {
    auto [bell, other] = doorbell::create_pair(context_.get_executor());
    mine_ = bell.release();
    theirs_ = std::move(other);
  }
  Side first() {
    theirs_ = {};
    return {context_, doorbell::from_handle(context_.get_executor(), std::move(mine_)), numbers_->there,
            numbers_->back};
  }
  Side second() {
    mine_ = {};
    return {context_of_second_, doorbell::from_handle(context_of_second_.get_executor(), std::move(theirs_)),
            numbers_->back, numbers_->there};
  }

 private:
  boost::asio::io_context context_{1};
  boost::asio::io_context context_of_second_{1};
  doorbell_handle mine_;
  doorbell_handle theirs_;
  shared<numbers> numbers_;
};

template <class Link>
subject bell(const char* name) {
  subject s;
  s.name = name;
  s.policy = "block";
  s.largest = 8;
  s.ping_pong = [](const task& t, outcome& o) { run_ping_pong<Link>(t, o); };
  return s;
}

}  // namespace

void add_belfry_doorbell(subjects& s) {
  s.all.push_back(bell<doorbell_link<blocking_side, style::blocking>>("belfry's doorbell"));
  s.all.push_back(bell<doorbell_link<coroutine_side, style::coroutines>>("belfry's doorbell, coroutines"));
}

}  // namespace belfry::bench
