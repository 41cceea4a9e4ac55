// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "completion_run.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_executor.hpp>

#include <array>
#include <mutex>

namespace belfry::detail {

/// What waits for the handler to return. Shared with the handler that was posted lest it wait in vain.
struct completion_run::list {
  std::mutex mutex;
  std::array<task, most> tasks;
  unsigned first = 0;
  unsigned last = 0;

  void clear() {
    const std::lock_guard lock(mutex);
    first = last = 0;
  }
  void push(task& t) {
    const std::lock_guard lock(mutex);
    tasks[last++].swap(t);
  }
  /// Calls the oldest one. False: there is none.
  bool call_one() {
    task t;
    {
      const std::lock_guard lock(mutex);
      if (first == last) return false;
      tasks[first++].swap(t);
    }
    std::move(t)();
    return true;
  }
};

namespace {

thread_local completion_run* current = nullptr;

}  // namespace

completion_run::completion_run(executor e) noexcept
    : executor_(std::move(e)), outer_(current), active_(!current || current->executor_ != executor_) {
  if (active_) current = this;
}

// What is left, where a handler has thrown, is called by the handler that was posted.
completion_run::~completion_run() {
  if (active_) current = outer_;
}

completion_run* completion_run::joinable(const executor& e) noexcept {
  const bool there = current && current->added_ + 1 < most && current->executor_ == e;
  return there ? current : nullptr;
}

void completion_run::add(task t) {
  if (!list_) {
    // One of these for a thread is mostly enough: the posted handler has let go of it before the next run.
    static thread_local std::shared_ptr<list> spare;
    if (!spare || spare.use_count() != 1) spare = std::make_shared<list>();
    spare->clear();
    const recycling_allocator<void> memory;
    const auto call_what_is_left = [left = spare, e = executor_] {
      completion_run run(e);
      while (left->call_one()) {
      }
      run.finish();
    };
    boost::asio::post(executor_,
                      boost::asio::bind_executor(executor_, boost::asio::bind_allocator(memory, call_what_is_left)));
    list_ = spare;
  }
  ++added_;
  list_->push(t);
}

void completion_run::finish() {
  if (!list_) return;
  while (list_->call_one()) {
  }
}

}  // namespace belfry::detail
