// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_COMPLETION_RUN_HPP
#define BELFRY_SRC_COMPLETION_RUN_HPP

#include <belfry/detail/recycle.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <utility>

namespace belfry::detail {

/// Operations that complete one after another without a trip through the event loop for each.
///
/// An operation that finds at once what it wants must not complete inside the call that starts it, and so it is posted;
/// but for each handler that is posted an io_context looks at its descriptors, with a system call. A handler mostly starts
/// the next operation. So while a handler of ours runs, those that start with its executor, and find what they want, are put
/// in a list instead, and run when it has returned. It is as if they had been posted, also where the handler takes long, or
/// blocks, and the executor has other threads: another handler is posted that takes from the list what is still there.
///
/// After `most` of them the next one is posted, so that the executor's other handlers get their turn.
///
/// Lives on the stack, around the call of a handler. Thread safety: that thread only.
class completion_run {
 public:
  using executor = boost::asio::any_io_executor;
  using task = boost::asio::any_completion_handler<void()>;

  /// In a row, the first one included.
  static constexpr unsigned most = 16;

  /// A handler of that executor is about to be called. Does nothing if the run that is under way calls it.
  explicit completion_run(executor) noexcept;
  completion_run(const completion_run&) = delete;
  completion_run& operator=(const completion_run&) = delete;
  ~completion_run();

  /// The handler has returned: calls what came meanwhile.
  void finish();

  /// `op`, whose executor is `e`, is to be called as soon as possible, but not now.
  template <class Op>
  static void post(Op&& op, const executor& e) {
    if (completion_run* const run = joinable(e)) run->add(task(recycle(std::forward<Op>(op))));
    else boost::asio::post(e, std::forward<Op>(op));
  }

 private:
  struct list;
  struct helper;

  static std::shared_ptr<list>& spare() noexcept;

  static completion_run* joinable(const executor&) noexcept;
  void add(task);

  executor executor_;
  completion_run* outer_;
  bool active_;
  unsigned added_ = 0;
  std::shared_ptr<list> list_;  // made when something is added
};

}  // namespace belfry::detail

#endif
