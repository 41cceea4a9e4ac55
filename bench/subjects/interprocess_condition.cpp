// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "../support/shared_memory.hpp"
#include "subjects.hpp"

#include <boost/interprocess/sync/interprocess_condition.hpp>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <boost/interprocess/sync/scoped_lock.hpp>

#include <cstring>

// What one builds first: a mutex, a condition variable, and a place for one message, each way.

namespace belfry::bench {
namespace {

namespace ipc = boost::interprocess;

class condition_link {
 public:
  static constexpr auto how = style::blocking;

  struct mailbox {
    ipc::interprocess_mutex mutex;
    ipc::interprocess_condition changed;
    bool full = false;
  };
  struct boxes {
    alignas(128) mailbox there;
    alignas(128) mailbox back;
  };
  struct side {
    mailbox& out;
    mailbox& in;
    std::byte* out_bytes;
    std::byte* in_bytes;

    void send(std::span<const std::byte> message) {
      ipc::scoped_lock lock(out.mutex);
      out.changed.wait(lock, [&] { return !out.full; });
      std::memcpy(out_bytes, message.data(), message.size());
      out.full = true;
      out.changed.notify_one();
    }
    void receive(std::span<std::byte> message) {
      ipc::scoped_lock lock(in.mutex);
      in.changed.wait(lock, [&] { return in.full; });
      std::memcpy(message.data(), in_bytes, message.size());
      in.full = false;
      in.changed.notify_one();
    }
  };

  explicit condition_link(const task& t) : there_(t.size), back_(t.size) {}
  side first() { return {boxes_->there, boxes_->back, there_.data(), back_.data()}; }
  side second() { return {boxes_->back, boxes_->there, back_.data(), there_.data()}; }

 private:
  shared<boxes> boxes_;
  shared_bytes there_;
  shared_bytes back_;
};

}  // namespace

void add_interprocess_condition(subjects& s) {
  s.all.push_back(make_subject<condition_link>("Boost.Interprocess condition", "block"));
}

}  // namespace belfry::bench
