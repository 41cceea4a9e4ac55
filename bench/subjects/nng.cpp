// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "../support/shared_memory.hpp"
#include "subjects.hpp"

#include <atomic>
#include <string>

#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>
#include <unistd.h>

// nng's pair sockets over ipc, which is a Unix socket, and threads in each process that serve it.

namespace belfry::bench {
namespace {

class nng_link {
 public:
  static constexpr auto how = style::blocking;

  class side {
   public:
    side(bool listens, const std::string& address, std::atomic<bool>& over) : listens_(listens), over_(over) {
      expect(::nng_pair0_open(&socket_) == 0);
      expect(::nng_socket_set_size(socket_, NNG_OPT_RECVMAXSZ, 0) == 0);
      if (listens) {
        expect(::nng_listen(socket_, address.c_str(), nullptr, 0) == 0);
        return;
      }
      // The other side may not listen yet.
      while (::nng_dial(socket_, address.c_str(), nullptr, 0) != 0) ::usleep(1000);
    }
    ~side() {
      // To close it drops what was sent and is not out yet.
      if (listens_) over_ = true;
      while (has_sent_ && !over_) ::usleep(100);
      ::nng_close(socket_);
    }
    side(const side&) = delete;
    side& operator=(const side&) = delete;

    void send(std::span<const std::byte> message) {
      // It takes a copy of the message, and does not write to it.
      expect(::nng_send(socket_, const_cast<std::byte*>(message.data()), message.size(), 0) == 0);
      has_sent_ = true;
    }
    void receive(std::span<std::byte> message) {
      std::size_t size = message.size();
      expect(::nng_recv(socket_, message.data(), &size, 0) == 0 && size == message.size());
      has_sent_ = false;  // the other side answers only what it has received
    }

   private:
    nng_socket socket_;
    bool listens_;
    bool has_sent_ = false;
    std::atomic<bool>& over_;
  };

  // An abstract address, which leaves no file behind.
  explicit nng_link(const task&) : address_("abstract://belfry_bench_" + std::to_string(::getpid())) {}
  side first() { return {true, address_, *over_}; }
  side second() { return {false, address_, *over_}; }

 private:
  std::string address_;
  shared<std::atomic<bool>> over_;
};

}  // namespace

void add_nng(subjects& s) { s.all.push_back(make_subject<nng_link>("nng pair, ipc", "block")); }

}  // namespace belfry::bench
