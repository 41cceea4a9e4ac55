// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "belfry_link.hpp"
#include "subjects.hpp"

#include <boost/asio/buffer.hpp>

// belfry in the event loop, by callbacks and by coroutines.

namespace belfry::bench {
namespace {

struct async_side {
  async_side(boost::asio::io_context& c, channel&& e) : io(c), end(std::move(e)) {}

  boost::asio::io_context& context() { return io; }

  template <class Token>
  auto send(std::span<const std::byte> message, Token&& token) {
    return end.sender().async_send(boost::asio::buffer(message.data(), message.size()), std::forward<Token>(token));
  }
  template <class Token>
  auto receive(std::span<std::byte> message, Token&& token) {
    return end.receiver().async_receive(boost::asio::buffer(message.data(), message.size()),
                                        std::forward<Token>(token));
  }

  boost::asio::io_context& io;
  channel end;
};

using by_callbacks = belfry_link<async_side, style::callbacks>;
using by_coroutines = belfry_link<async_side, style::coroutines>;

}  // namespace

void add_belfry_async(subjects& s) {
  s.all.push_back(make_subject<by_callbacks>("belfry, callbacks", "block", wait_policy::block));
  s.all.push_back(make_subject<by_callbacks>("belfry, callbacks", "adaptive", wait_policy::adaptive));
  s.all.push_back(make_subject<by_coroutines>("belfry, coroutines", "block", wait_policy::block));
  s.all.push_back(make_subject<by_coroutines>("belfry, coroutines", "adaptive", wait_policy::adaptive));
}

}  // namespace belfry::bench
