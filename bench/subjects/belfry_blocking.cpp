// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "belfry_link.hpp"
#include "subjects.hpp"

#include <boost/asio/buffer.hpp>

// belfry, blocking, copied in and out, a message a call.

namespace belfry::bench {
namespace {

struct blocking_side {
  blocking_side(boost::asio::io_context&, channel&& c) : end(std::move(c)) {}

  void send(std::span<const std::byte> message) {
    end.sender().send(boost::asio::buffer(message.data(), message.size()));
  }
  void receive(std::span<std::byte> message) {
    expect(end.receiver().receive(boost::asio::buffer(message.data(), message.size())) == message.size());
  }

  channel end;
};

using link = belfry_link<blocking_side, style::blocking>;

}  // namespace

void add_belfry_blocking(subjects& s) {
  s.all.push_back(make_subject<link>("belfry", "block", wait_policy::block));
  s.all.push_back(make_subject<link>("belfry", "adaptive", wait_policy::adaptive));
  s.all.push_back(spinning(make_subject<link>("belfry", "spin", wait_policy::spin)));
}

}  // namespace belfry::bench
