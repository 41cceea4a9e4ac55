// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "subjects.hpp"

#include <boost/interprocess/ipc/message_queue.hpp>

#include <algorithm>
#include <string>

#include <unistd.h>

namespace belfry::bench {
namespace {

namespace ipc = boost::interprocess;

class queue_link {
 public:
  static constexpr auto how = style::blocking;

  struct side {
    ipc::message_queue& out;
    ipc::message_queue& in;

    void send(std::span<const std::byte> message) { out.send(message.data(), message.size(), 0); }
    void receive(std::span<std::byte> message) {
      ipc::message_queue::size_type size = 0;
      unsigned priority = 0;
      in.receive(message.data(), message.size(), size, priority);
      expect(size == message.size());
    }
  };

  explicit queue_link(const task& t)
      : name_("belfry_bench_" + std::to_string(::getpid())),
        there_(ipc::create_only, (name_ + "_there").c_str(), places(t), t.size),
        back_(ipc::create_only, (name_ + "_back").c_str(), places(t), t.size) {
    // The memory stays; the names are not needed, since the other side is forked.
    ipc::message_queue::remove((name_ + "_there").c_str());
    ipc::message_queue::remove((name_ + "_back").c_str());
  }
  side first() { return {there_, back_}; }
  side second() { return {back_, there_}; }

 private:
  static std::size_t places(const task& t) { return std::min<std::size_t>(1024, buffer_bytes(t.size) / t.size); }

  std::string name_;
  ipc::message_queue there_;
  ipc::message_queue back_;
};

}  // namespace

void add_interprocess_queue(subjects& s) {
  s.all.push_back(make_subject<queue_link>("Boost.Interprocess message_queue", "block"));
}

}  // namespace belfry::bench
