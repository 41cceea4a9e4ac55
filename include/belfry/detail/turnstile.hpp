// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_TURNSTILE_HPP
#define BELFRY_DETAIL_TURNSTILE_HPP

#include <belfry/error.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>

#include <list>
#include <memory>

namespace belfry::detail {

class sender_state;

/// Lets asynchronous operations through one by one, in the order in which they came.
///
/// Those who wait must not own what the turnstile is a part of, or nothing would free either of them when their
/// executor is destroyed. So whoever leaves hands the owner on.
///
/// Thread safety: one thread at a time.
class turnstile {
 public:
  explicit turnstile(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  /// Enters if nobody is inside and nobody waits. Whoever is inside leaves later.
  bool try_enter() noexcept {
    if (taken_) return false;
    taken_ = true;
    return true;
  }

  using owner = std::shared_ptr<sender_state>;
  using handler = boost::asio::any_completion_handler<void(error_code, owner)>;
  /// Completes inside when its turn has come, or outside with `operation_aborted` if it is cancelled before that.
  void async_enter(handler);

  void leave(const owner&);

 private:
  void complete(handler, error_code, owner);

  boost::asio::any_io_executor executor_;
  bool taken_ = false;
  std::list<handler> waiting_;
};

}  // namespace belfry::detail

#endif
