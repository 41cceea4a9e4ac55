// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/detail/turnstile.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace belfry::detail {

void turnstile::async_enter(handler h) {
  auto slot = boost::asio::get_associated_cancellation_slot(h);
  const auto entry = std::make_shared<waiter>(waiter{std::move(h), this});
  waiting_.push_back(entry);
  if (!slot.is_connected()) return;
  // What is in the slot stays there when the wait is over: by then the slot itself may be gone, where handlers are
  // destroyed with their executor.
  slot.assign([waits = std::weak_ptr(entry)](boost::asio::cancellation_type) {
    if (const auto entered = waits.lock()) entered->gate->cancel(*entered);
  });
}

void turnstile::next(owner o) {
  if (waiting_.empty()) {
    taken_ = false;
    return;
  }
  auto first = std::move(waiting_.front()->h);
  waiting_.pop_front();
  complete(std::move(first), {}, turn(std::move(o), *this));
}

void turnstile::cancel(waiter& cancelled) {
  auto h = std::move(cancelled.h);
  waiting_.remove_if([&](const auto& entry) { return entry.get() == &cancelled; });
  complete(std::move(h), boost::asio::error::operation_aborted, {});
}

void turnstile::complete(handler h, error_code ec, turn t) {
  boost::asio::post(executor_, boost::asio::append(std::move(h), ec, std::move(t)));
}

}  // namespace belfry::detail
