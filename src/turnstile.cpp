// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "insist.hpp"

#include <belfry/detail/turnstile.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace belfry::detail {

struct turnstile::waiter {
  parked handler;
  turnstile* gate;
  error_code ec{};
  turn entered{};

  void call() { handler(ec, std::move(entered)); }
};

/// What is posted: only refers to the waiter, who is not lost where posting fails.
struct turnstile::completion {
  std::shared_ptr<waiter> who;

  void operator()() {
    insist([&] { return who->handler.go([w = who] { w->call(); }); });
  }
};

void turnstile::async_enter(handler h, bool at_home) {
  auto slot = boost::asio::get_associated_cancellation_slot(h);
  const auto entry = std::shared_ptr<waiter>(new waiter{{std::move(h), executor_, at_home}, this});
  if (!entry->handler.ready()) throw std::bad_alloc();
  if (slot.is_connected()) {
    // What is in the slot stays there when the wait is over: by then the slot itself may be gone, where handlers are
    // destroyed with their executor.
    slot.assign([waits = std::weak_ptr(entry)](boost::asio::cancellation_type) {
      if (const auto waiting = waits.lock()) waiting->gate->cancel(waiting);
    });
  }
  waiting_.push_back(entry);
}

void turnstile::next(owner o, const where& here) {
  // A loop, since whoever is called here leaves at once, and there may be very many.
  const owner alive = o;
  left_ = std::move(o);
  if (handing_on_) return;
  struct busy {
    turnstile& gate;
    const where& here;
    busy(turnstile& g, const where& h) : gate(g), here(h) { gate.handing_on_ = true; }
    ~busy() {
      gate.handing_on_ = false;
      if (gate.left_) gate.next(std::exchange(gate.left_, nullptr), here);  // a handler has thrown
    }
  };
  const busy now(*this, here);
  while (left_) {
    auto inside = std::exchange(left_, nullptr);
    if (waiting_.empty()) {
      taken_ = false;
      break;
    }
    const auto first = std::move(waiting_.front());
    waiting_.pop_front();
    first->entered = turn(std::move(inside), *this);
    tell(first, here);
  }
}

void turnstile::cancel(const std::shared_ptr<waiter>& cancelled) noexcept {
  const auto place = std::find(waiting_.begin(), waiting_.end(), cancelled);
  if (place == waiting_.end()) return;
  cancelled->ec = boost::asio::error::operation_aborted;
  // If that fails it ends when its turn comes.
  if (attempt_post(executor_, completion{cancelled})) waiting_.erase(place);
}

/// Without memory to do so in a while, it is done at once, with an error: whoever leaves is a handler, and has nothing left
/// to do that the next one could disturb.
void turnstile::tell(const std::shared_ptr<waiter>& who, const where& here) {
  const auto later = [&] { return attempt_post(executor_, completion{who}); };
  if (later()) return;
  if (!who->handler.at_home() || !here.ask(here.at_home, executor_)) return insist(later);
  if (!who->ec) who->ec = make_error_code(boost::system::errc::not_enough_memory);
  who->call();
}

}  // namespace belfry::detail
