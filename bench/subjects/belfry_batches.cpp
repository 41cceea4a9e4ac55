// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "belfry_link.hpp"
#include "subjects.hpp"

#include <cstring>

// belfry, blocking, sixteen messages at a time: staged and published at once, peeked one after the other and released at
// once.

namespace belfry::bench {
namespace {

struct batch_side {
  batch_side(boost::asio::io_context&, channel&& c) : end(std::move(c)) {}

  void send(std::span<const std::byte> message) {
    std::memcpy(end.sender().reserve(message.size()).data(), message.data(), message.size());
    if (++staged % 16 == 0) end.sender().commit(message.size());
    else end.sender().stage(message.size());
  }
  void flush() { end.sender().publish(); }

  void receive(std::span<std::byte> message) {
    message_view view;
    if (shown != 0 && shown != 16) view = end.receiver().try_peek_next();
    if (!view) {
      end.receiver().release();
      shown = 0;
      view = end.receiver().peek();
    }
    ++shown;
    expect(view.size() == message.size());
    std::memcpy(message.data(), view.data(), message.size());
  }

  channel end;
  unsigned staged = 0;
  unsigned shown = 0;
};

using link = belfry_link<batch_side, style::blocking>;

}  // namespace

void add_belfry_batches(subjects& s) {
  s.all.push_back(of_sizes(
      only_throughput(make_subject<link>("belfry, batches of 16", "adaptive", wait_policy::adaptive)), 8, 4096));
}

}  // namespace belfry::bench
