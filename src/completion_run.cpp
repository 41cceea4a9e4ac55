// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "completion_run.hpp"

#include "insist.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <mutex>

namespace belfry::detail {

/// What waits for the handler to return. Shared with the handler that was posted lest it wait in vain, which is there
/// whenever anything is in the list: so what is left goes with that handler where its executor is destroyed.
struct completion_run::list {
  std::mutex mutex;
  std::array<task, most> tasks;
  unsigned first = 0;
  unsigned last = 0;
  bool helped = false;  // that handler is still to come, or at work

  void clear() {
    const std::lock_guard lock(mutex);
    first = last = 0;
  }
  /// False: that handler is to be posted.
  bool push(task& t) {
    const std::lock_guard lock(mutex);
    tasks[last++].swap(t);
    return std::exchange(helped, true);
  }
  /// Where it could not be posted. Then there is nothing else in the list.
  void take_back(task& t) {
    const std::lock_guard lock(mutex);
    helped = false;
    tasks[--last].swap(t);
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
  /// That handler asks whether it may go. From then on another one will be needed.
  bool stop_helping() {
    const std::lock_guard lock(mutex);
    if (first != last) return false;
    helped = false;
    return true;
  }
};

namespace {

thread_local completion_run* current = nullptr;

}  // namespace

/// One of these for a thread is mostly enough: the posted handler has let go of it before the next run. Empty.
std::shared_ptr<completion_run::list>& completion_run::spare() noexcept {
  static thread_local std::shared_ptr<list> kept;
  return kept;
}

/// Calls what is left in the list.
struct completion_run::helper {
  std::shared_ptr<list> left;
  executor e;

  void operator()() {
    try {
      completion_run run(e);
      do {
        while (left->call_one()) {
        }
      } while (!left->stop_helping());
      run.finish();
    } catch (...) {
      // The others must not wait for the one that has thrown.
      if (!left->stop_helping()) insist([&] { return attempt_post(e, *this); });
      throw;
    }
    if (!spare() && left.use_count() == 1) spare() = std::move(left);
  }
};

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
    list_ = std::move(spare());
    if (!list_) list_ = std::make_shared<list>();
    list_->clear();
  }
  if (!list_->push(t)) {
    try {
      const recycling_allocator<void> memory;
      boost::asio::post(executor_, boost::asio::bind_executor(
                                       executor_, boost::asio::bind_allocator(memory, helper{list_, executor_})));
    } catch (...) {
      list_->take_back(t);
      throw;
    }
  }
  ++added_;
}

void completion_run::finish() {
  if (!list_) return;
  // What is left where the loop was told to stop is called by the handler that was posted, if it runs again.
  const auto* const loop = executor_.target<boost::asio::io_context::executor_type>();
  const auto stopped = [&] { return loop && loop->context().stopped(); };
  while (!stopped() && list_->call_one()) {
  }
}

}  // namespace belfry::detail
