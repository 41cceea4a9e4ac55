// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "subjects.hpp"

#include <cerrno>
#include <string>

#include <unistd.h>
#include <zmq.h>

// ZeroMQ's PAIR sockets over ipc, which is a Unix socket, and a thread in each process that serves it.

namespace belfry::bench {
namespace {

class zeromq_link {
 public:
  static constexpr auto how = style::blocking;

  class side {
   public:
    side(bool binds, const std::string& address)
        : context_(::zmq_ctx_new()), socket_(::zmq_socket(context_, ZMQ_PAIR)) {
      if (binds) expect(::zmq_bind(socket_, address.c_str()) == 0);
      else expect(::zmq_connect(socket_, address.c_str()) == 0);
    }
    ~side() {
      ::zmq_close(socket_);
      ::zmq_ctx_term(context_);
    }
    side(const side&) = delete;
    side& operator=(const side&) = delete;

    void send(std::span<const std::byte> message) {
      expect(whole([&] { return ::zmq_send(socket_, message.data(), message.size(), 0); }, message.size()));
    }
    void receive(std::span<std::byte> message) {
      expect(whole([&] { return ::zmq_recv(socket_, message.data(), message.size(), 0); }, message.size()));
    }

   private:
    /// The other side's end comes as a signal, and may do so while the last message is on its way; ZeroMQ gives up then.
    template <class Call>
    static bool whole(Call call, std::size_t size) {
      int result;
      do {
        result = call();
      } while (result < 0 && ::zmq_errno() == EINTR);
      return result == static_cast<int>(size);
    }

    void* context_;
    void* socket_;
  };

  // An abstract address, which leaves no file behind.
  explicit zeromq_link(const task&) : address_("ipc://@belfry_bench_" + std::to_string(::getpid())) {}
  side first() { return {true, address_}; }
  side second() { return {false, address_}; }

 private:
  std::string address_;
};

}  // namespace

void add_zeromq(subjects& s) { s.all.push_back(make_subject<zeromq_link>("ZeroMQ PAIR, ipc", "block")); }

}  // namespace belfry::bench
