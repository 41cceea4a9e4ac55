// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "belfry_link.hpp"
#include "subjects.hpp"

#include <boost/asio/buffer.hpp>

#include <cstring>

// belfry's requests and replies, blocking and by coroutines.

namespace belfry::bench {
namespace {

/// Which of the two a side does is seen from what it does first.
struct blocking_side {
  blocking_side(boost::asio::io_context&, channel&& c) : end(std::move(c)) {}

  void send(std::span<const std::byte> message) {
    if (asked == request_id::none) question = message;
    else end.reply(asked, boost::asio::buffer(message.data(), message.size()));
  }
  void receive(std::span<std::byte> message) {
    const auto target = boost::asio::buffer(message.data(), message.size());
    if (!question.empty()) {
      expect(end.request(boost::asio::buffer(question.data(), question.size()), 0, target) == message.size());
      return;
    }
    const auto view = end.receiver().peek();
    expect(view.size() == message.size());
    asked = view.request();
    std::memcpy(message.data(), view.data(), view.size());
    end.receiver().release();
  }

  channel end;
  std::span<const std::byte> question{};
  request_id asked = request_id::none;
};

struct async_side {
  async_side(boost::asio::io_context& c, channel&& e) : io(c), end(std::move(e)) {}

  boost::asio::io_context& context() { return io; }

  template <class Token>
  auto exchange(std::span<const std::byte> question, std::span<std::byte> answer, Token&& token) {
    return end.async_request(boost::asio::buffer(question.data(), question.size()), 0,
                             boost::asio::buffer(answer.data(), answer.size()), std::forward<Token>(token));
  }
  template <class Token>
  auto send(std::span<const std::byte> message, Token&& token) {
    return end.async_reply(asked, boost::asio::buffer(message.data(), message.size()), 0, std::forward<Token>(token));
  }
  template <class Token>
  boost::asio::awaitable<void> receive(std::span<std::byte> message, Token token) {
    const auto view = co_await end.receiver().async_peek(token);
    expect(view.size() == message.size());
    asked = view.request();
    std::memcpy(message.data(), view.data(), view.size());
    end.receiver().release();
  }

  boost::asio::io_context& io;
  channel end;
  request_id asked = request_id::none;
};

template <class Link>
subject requests(const char* name, const char* policy, wait_policy p) {
  subject s;
  s.name = name;
  s.policy = policy;
  s.ping_pong = [=](const task& t, outcome& o) { run_ping_pong<Link>(t, o, p); };
  return s;
}

using blocking = belfry_link<blocking_side, style::blocking>;
using by_coroutines = belfry_link<async_side, style::coroutines>;

}  // namespace

void add_belfry_requests(subjects& s) {
  s.all.push_back(requests<blocking>("belfry, request", "block", wait_policy::block));
  s.all.push_back(requests<blocking>("belfry, request", "adaptive", wait_policy::adaptive));
  s.all.push_back(requests<by_coroutines>("belfry, request in coroutines", "block", wait_policy::block));
  s.all.push_back(requests<by_coroutines>("belfry, request in coroutines", "adaptive", wait_policy::adaptive));
}

}  // namespace belfry::bench
