// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_TURNSTILE_HPP
#define BELFRY_DETAIL_TURNSTILE_HPP

#include <belfry/detail/parked_handler.hpp>
#include <belfry/error.hpp>

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
  class turn;
  using parked = parked_handler<error_code, turn>;

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

    /// `at_home`, called with the channel's executor, says whether the caller runs on that. Then handlers may be called
    /// here, if need be.
    template <class AtHome>
    void leave(const AtHome& at_home) {
      if (!owner_) return;
      const where asked{&at_home, [](const void* f, const boost::asio::any_io_executor& channels) {
                          return (*static_cast<const AtHome*>(f))(channels);
                        }};
      gate_->next(std::exchange(owner_, nullptr), asked);
    }
    void leave() {
      leave([](const boost::asio::any_io_executor&) { return false; });
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

  using handler = parked::type;
  /// Completes inside when its turn has come, with `not_enough_memory` if there was none to tell so; or outside with
  /// `operation_aborted` if it is cancelled before that.
  /// `at_home`: the handler's executor is the channel's.
  void async_enter(handler, bool at_home);

 private:
  struct waiter;
  struct completion;
  struct where {
    const void* at_home;
    bool (*ask)(const void*, const boost::asio::any_io_executor&);
  };

  void next(owner, const where&);
  void cancel(const std::shared_ptr<waiter>&) noexcept;
  void tell(const std::shared_ptr<waiter>&, const where&);

  boost::asio::any_io_executor executor_;
  bool taken_ = false;
  bool handing_on_ = false;
  owner left_;  // while that is so, by whoever has left in the meantime
  std::list<std::shared_ptr<waiter>> waiting_;
};

}  // namespace belfry::detail

#endif
