// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "../support/shared_memory.hpp"
#include "../support/sockets.hpp"
#include "subjects.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <atomic>

// Boost.Asio on a pair of stream sockets. All messages have one size, which both sides know, so that it needs no frames.
// One byte is the likeness of a doorbell.

namespace belfry::bench {
namespace {

namespace asio = boost::asio;
using socket = asio::local::stream_protocol::socket;

struct numbers {
  alignas(128) std::atomic<std::uint64_t> there{0};
  alignas(128) std::atomic<std::uint64_t> back{0};
};

struct message_side {
  message_side(asio::io_context& c, int fd, std::atomic<std::uint64_t>&, std::atomic<std::uint64_t>&)
      : io(c), end(c, asio::local::stream_protocol(), fd) {}

  asio::io_context& context() { return io; }

  template <class Token>
  auto send(std::span<const std::byte> message, Token&& token) {
    return asio::async_write(end, asio::buffer(message.data(), message.size()), std::forward<Token>(token));
  }
  template <class Token>
  auto receive(std::span<std::byte> message, Token&& token) {
    return asio::async_read(end, asio::buffer(message.data(), message.size()), std::forward<Token>(token));
  }

  asio::io_context& io;
  socket end;
};

struct byte_side {
  byte_side(asio::io_context& c, int fd, std::atomic<std::uint64_t>& out, std::atomic<std::uint64_t>& in)
      : io(c), end(c, asio::local::stream_protocol(), fd), sent(out), received(in) {}

  asio::io_context& context() { return io; }

  template <class Token>
  auto send(std::span<const std::byte> message, Token&& token) {
    sent.store(number_in(message), std::memory_order_release);
    return end.async_write_some(asio::buffer("x", 1), std::forward<Token>(token));
  }
  template <class Token>
  asio::awaitable<void> receive(std::span<std::byte> message, Token token) {
    char byte;
    co_await end.async_read_some(asio::buffer(&byte, 1), token);
    put_number(message, received.load(std::memory_order_acquire));
  }

  asio::io_context& io;
  socket end;
  std::atomic<std::uint64_t>& sent;
  std::atomic<std::uint64_t>& received;
};

template <class Side, style How>
class stream_link {
 public:
  static constexpr auto how = How;

  explicit stream_link(const task&) : ends_(SOCK_STREAM) {}
  Side first() { return {context_.emplace(1), ends_.first().release(), numbers_->there, numbers_->back}; }
  Side second() { return {context_.emplace(1), ends_.second().release(), numbers_->back, numbers_->there}; }

 private:
  socket_ends ends_;
  std::optional<asio::io_context> context_;
  shared<numbers> numbers_;
};

}  // namespace

void add_asio_stream(subjects& s) {
  s.all.push_back(make_subject<stream_link<message_side, style::callbacks>>("Boost.Asio stream, callbacks", "block"));
  s.all.push_back(make_subject<stream_link<message_side, style::coroutines>>("Boost.Asio stream, coroutines", "block"));
  s.all.push_back(of_sizes(only_ping_pong(make_subject<stream_link<byte_side, style::coroutines>>(
                               "Boost.Asio one byte, coroutines", "block")),
                           8, 8));
}

}  // namespace belfry::bench
