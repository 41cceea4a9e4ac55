// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "../support/sockets.hpp"
#include "subjects.hpp"

#include <cerrno>
#include <cstring>

#include <systemd/sd-bus.h>

// D-Bus as systemd's library speaks it, from process to process over a pair of sockets, with no broker between them. A
// message is a signal with an array of bytes, which nobody has to answer.

namespace belfry::bench {
namespace {

class sd_bus_link {
 public:
  static constexpr auto how = style::blocking;

  class side {
   public:
    side(descriptor end, bool serves) {
      expect(::sd_bus_new(&bus_) >= 0);
      const int fd = end.release();  // the bus closes it
      expect(::sd_bus_set_fd(bus_, fd, fd) >= 0);
      if (serves) {
        sd_id128_t id;
        expect(::sd_id128_randomize(&id) >= 0);
        expect(::sd_bus_set_server(bus_, 1, id) >= 0);
      }
      expect(::sd_bus_set_anonymous(bus_, 1) >= 0);
      expect(::sd_bus_start(bus_) >= 0);
    }
    ~side() { ::sd_bus_flush_close_unref(bus_); }
    side(const side&) = delete;
    side& operator=(const side&) = delete;

    void send(std::span<const std::byte> message) {
      sd_bus_message* m = nullptr;
      expect(::sd_bus_message_new_signal(bus_, &m, "/belfry", "belfry.bench", "Message") >= 0);
      expect(::sd_bus_message_append_array(m, 'y', message.data(), message.size()) >= 0);
      expect(::sd_bus_send(bus_, m, nullptr) >= 0);
      ::sd_bus_message_unref(m);
      expect(went_well([&] { return ::sd_bus_flush(bus_); }));  // what did not fit into the socket
    }
    void receive(std::span<std::byte> message) {
      sd_bus_message* m = nullptr;
      while (m == nullptr) {
        const int progress = ::sd_bus_process(bus_, &m);
        expect(progress >= 0);
        if (progress == 0) expect(went_well([&] { return ::sd_bus_wait(bus_, UINT64_MAX); }));
      }
      const void* bytes = nullptr;
      std::size_t size = 0;
      expect(::sd_bus_message_read_array(m, 'y', &bytes, &size) >= 0 && size == message.size());
      std::memcpy(message.data(), bytes, size);
      ::sd_bus_message_unref(m);
    }

   private:
    /// The other side's end comes as a signal, and may do so while something is on its way; the library gives up then.
    template <class Call>
    static bool went_well(Call call) {
      int result;
      do {
        result = call();
      } while (result == -EINTR);
      return result >= 0;
    }

    sd_bus* bus_ = nullptr;
  };

  explicit sd_bus_link(const task&) : ends_(SOCK_STREAM) {}
  side first() { return {ends_.first(), false}; }
  side second() { return {ends_.second(), true}; }

 private:
  socket_ends ends_;
};

}  // namespace

void add_sd_bus(subjects& s) { s.all.push_back(make_subject<sd_bus_link>("D-Bus (sd-bus)", "block")); }

}  // namespace belfry::bench
