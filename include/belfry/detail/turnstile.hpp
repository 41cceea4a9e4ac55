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
#include <utility>

namespace belfry::detail {

class sender_state;

/// Lets asynchronous operations through one by one, in the order in which they came.
///
/// Those who wait must not own what the turnstile is a part of, or nothing would free either of them when their
/// executor is destroyed. So whoever is inside hands the owner on.
///
/// Thread safety: one thread at a time.
class turnstile {
 public:
  using owner = std::shared_ptr<sender_state>;

  /// To be inside. Whoever loses it has left: also an operation whose executor is destroyed before it could go on.
  class turn {
   public:
    turn() noexcept = default;
    turn(turn&&) noexcept = default;
    turn& operator=(turn&& other) {
      leave();
      owner_ = std::move(other.owner_);
      gate_ = other.gate_;
      return *this;
    }
    ~turn() { leave(); }

    void leave() {
      if (owner_) gate_->next(std::exchange(owner_, nullptr));
    }

    /// Null if this is no turn.
    const turnstile::owner& owner() const noexcept { return owner_; }

   private:
    friend turnstile;
    turn(turnstile::owner o, turnstile& gate) noexcept : owner_(std::move(o)), gate_(&gate) {}

    turnstile::owner owner_;
    turnstile* gate_ = nullptr;  // part of what owner_ owns
  };

  explicit turnstile(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  /// Enters if nobody is inside and nobody waits; else the turn is none.
  turn try_enter(const owner& o) noexcept {
    if (taken_) return {};
    taken_ = true;
    return {o, *this};
  }

  using handler = boost::asio::any_completion_handler<void(error_code, turn)>;
  /// Completes inside when its turn has come, or outside with `operation_aborted` if it is cancelled before that.
  void async_enter(handler);

 private:
  struct waiter {
    handler h;
    turnstile* gate;
  };

  void next(owner);
  void cancel(waiter&);
  void complete(handler, error_code, turn);

  boost::asio::any_io_executor executor_;
  bool taken_ = false;
  std::list<std::shared_ptr<waiter>> waiting_;
};

}  // namespace belfry::detail

#endif
