// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "../support/sockets.hpp"
#include "subjects.hpp"

// A pair of datagram sockets, blocking: what the system does at best if it also carries the bytes.

namespace belfry::bench {
namespace {

class datagram_link {
 public:
  static constexpr auto how = style::blocking;

  struct side {
    descriptor end;

    void send(std::span<const std::byte> message) {
      expect(::send(end.get(), message.data(), message.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(message.size()));
    }
    void receive(std::span<std::byte> message) {
      expect(::recv(end.get(), message.data(), message.size(), 0) == static_cast<ssize_t>(message.size()));
    }
  };

  explicit datagram_link(const task&) : ends_(SOCK_DGRAM) {}
  side first() { return {ends_.first()}; }
  side second() { return {ends_.second()}; }

 private:
  socket_ends ends_;
};

}  // namespace

void add_datagram(subjects& s) {
  // A larger datagram than the socket's buffer cannot be sent.
  s.all.push_back(of_sizes(make_subject<datagram_link>("SOCK_DGRAM", "block"), 8, 65536));
}

}  // namespace belfry::bench
