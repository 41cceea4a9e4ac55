// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_PARKED_HANDLER_HPP
#define BELFRY_DETAIL_PARKED_HANDLER_HPP

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>

#include <new>
#include <type_traits>
#include <utility>

namespace belfry::detail {

/// Whether `executor` is the channel's, so that whoever runs on one runs on the other. In doubt it is not.
template <class Executor>
bool is_same_executor(const Executor& executor, const boost::asio::any_io_executor& channels) noexcept {
  if constexpr (std::is_constructible_v<boost::asio::any_io_executor, Executor>) {
    // One that counts what is outstanding differs from one that does not.
    constexpr auto untracked = boost::asio::execution::outstanding_work.untracked;
    try {
      return boost::asio::prefer(boost::asio::any_io_executor(executor), untracked) ==
             boost::asio::prefer(channels, untracked);
    } catch (const std::bad_alloc&) {
    }
  }
  return false;
}

/// A handler that waits until its time comes, and all that is needed to call it then, when there may be no memory.
template <class... Args>
class parked_handler {
 public:
  using type = boost::asio::any_completion_handler<void(Args...)>;

  /// `at_home`: its executor is the channel's.
  parked_handler(type h, const boost::asio::any_io_executor& channels, bool at_home) noexcept
      : handler_(std::move(h)),
        executor_(at_home ? boost::asio::any_completion_executor()
                          : boost::asio::get_associated_executor(handler_, channels)),
        at_home_(at_home) {}
  // Boost 1.81's any_completion_handler cannot be assigned: it calls itself without end.
  parked_handler(parked_handler&&) = delete;
  parked_handler& operator=(parked_handler&&) = delete;

  /// If not, there was no memory, and it can only be called where it was made.
  bool ready() const noexcept { return at_home_ || executor_; }
  bool at_home() const noexcept { return at_home_; }
  const type& handler() const noexcept { return handler_; }

  /// For whoever runs on the channel's executor: calls `call`, which calls the handler, there or where it belongs. False:
  /// there was no memory for that.
  template <class Call>
  bool go(Call call) {
    if (at_home_) {
      call();
      return true;
    }
    try {
      executor_.execute(call);
    } catch (const std::bad_alloc&) {
      if (!handler_) throw;  // the handler did
      return false;
    }
    return true;
  }

  /// Calls it, here. Once.
  void operator()(Args... args) {
    auto h = std::move(handler_);
    std::move(h)(std::move(args)...);
  }

 private:
  type handler_;
  boost::asio::any_completion_executor executor_;
  bool at_home_;
};

}  // namespace belfry::detail

#endif
