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
  const auto place = waiting_.insert(waiting_.end(), std::move(h));
  if (!slot.is_connected()) return;
  slot.assign([this, place](boost::asio::cancellation_type) {
    auto cancelled = std::move(*place);
    waiting_.erase(place);
    complete(std::move(cancelled), boost::asio::error::operation_aborted, {});
  });
}

void turnstile::next(owner o) {
  if (waiting_.empty()) {
    taken_ = false;
    return;
  }
  auto first = std::move(waiting_.front());
  waiting_.pop_front();
  complete(std::move(first), {}, turn(std::move(o), *this));
}

void turnstile::complete(handler h, error_code ec, turn t) {
  auto slot = boost::asio::get_associated_cancellation_slot(h);
  if (slot.is_connected()) slot.clear();
  boost::asio::post(executor_, boost::asio::append(std::move(h), ec, std::move(t)));
}

}  // namespace belfry::detail
