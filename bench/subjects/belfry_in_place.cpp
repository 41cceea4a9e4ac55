// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "../support/work.hpp"
#include "belfry_link.hpp"
#include "subjects.hpp"

// belfry, blocking, written where it will be read: every byte is written and every byte is read, but none is copied.

namespace belfry::bench {
namespace {

struct in_place_side {
  in_place_side(boost::asio::io_context&, channel&& c) : end(std::move(c)) {}

  void send(std::span<const std::byte> message) {
    write_all(end.sender().reserve(message.size()), number_in(message));
    end.sender().commit(message.size());
  }
  void receive(std::span<std::byte> message) {
    const auto view = end.receiver().peek();
    expect(view.size() == message.size());
    put_number(message, read_all(view.bytes()));
    end.receiver().release();
  }

  channel end;
};

using link = belfry_link<in_place_side, style::blocking>;

}  // namespace

void add_belfry_in_place(subjects& s) {
  s.all.push_back(make_subject<link>("belfry, in place", "adaptive", wait_policy::adaptive));
}

}  // namespace belfry::bench
