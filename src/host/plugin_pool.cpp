// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "pool_impl.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>

#include <utility>

namespace belfry {

plugin_pool::plugin_pool(executor_type executor, launch_options what, pool_options options)
    : impl_(std::make_shared<impl>(std::move(executor), std::move(what), std::move(options))) {}

plugin_pool::plugin_pool(plugin_pool&&) noexcept = default;

plugin_pool& plugin_pool::operator=(plugin_pool&& other) noexcept {
  if (this != &other) {
    const plugin_pool old(std::move(*this));
    impl_ = std::move(other.impl_);
  }
  return *this;
}

plugin_pool::~plugin_pool() {
  if (!impl_) return;
  impl_->abandoned = true;
  impl_->in_strand([](impl& me) { me.abandon(); });
}

void plugin_pool::start() {
  impl_->in_strand([](impl& me) { me.start(); });
}

void plugin_pool::replace() {
  impl_->in_strand([](impl& me) { me.renew(); });
}

void plugin_pool::start_request(size_handler handler, buffers_type buffers, std::uint16_t kind, taker take) {
  const auto r = std::make_shared<impl::request>();
  r->buffers = std::move(buffers);
  r->kind = kind;
  r->take = std::move(take);
  r->work = impl_->tracked();
  auto slot = boost::asio::get_associated_cancellation_slot(handler);
  if (slot.is_connected()) {
    slot.assign([weak = impl_->weak_from_this(), which = std::weak_ptr(r)](boost::asio::cancellation_type) {
      const auto self = weak.lock();
      if (!self) return;
      self->in_strand([which](impl& me) {
        if (const auto found = which.lock()) me.withdraw(found);
      });
    });
  }
  r->handler.swap(handler);  // the move assignment of Boost 1.81 calls itself for ever
  impl_->in_strand([r](impl& me) { me.add(r); });
}

void plugin_pool::start_stop(plain_handler handler) {
  const auto one = std::make_shared<impl::stop_waiter>();
  one->work = impl_->tracked();
  auto slot = boost::asio::get_associated_cancellation_slot(handler);
  if (slot.is_connected()) {
    slot.assign([weak = impl_->weak_from_this(), which = std::weak_ptr(one)](boost::asio::cancellation_type) {
      const auto self = weak.lock();
      if (!self) return;
      self->in_strand([which](impl& me) {
        const auto found = which.lock();
        if (!found || std::erase(me.stops, found) == 0) return;
        me.complete(std::move(found->handler), error_code(boost::asio::error::operation_aborted));
      });
    });
  }
  one->handler.swap(handler);
  impl_->in_strand([one](impl& me) {
    me.stop();
    if (me.now == impl::phase::finished) return me.complete(std::move(one->handler), error_code());
    me.stops.push_back(one);
  });
}

pool_stats plugin_pool::stats() const {
  const std::lock_guard lock(impl_->stats_mutex);
  return impl_->figures;
}

plugin_pool::executor_type plugin_pool::get_executor() const noexcept { return impl_->executor; }

}  // namespace belfry
