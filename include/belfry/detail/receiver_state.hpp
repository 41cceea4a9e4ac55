// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_RECEIVER_STATE_HPP
#define BELFRY_DETAIL_RECEIVER_STATE_HPP

#include <belfry/detail/async_request.hpp>
#include <belfry/detail/counter.hpp>
#include <belfry/detail/handler_memory.hpp>
#include <belfry/detail/link.hpp>
#include <belfry/detail/message_times.hpp>
#include <belfry/detail/posix/bell_waiter.hpp>
#include <belfry/detail/region_table.hpp>
#include <belfry/detail/request_table.hpp>
#include <belfry/detail/sleeper.hpp>
#include <belfry/detail/spinner.hpp>
#include <belfry/detail/wake.hpp>
#include <belfry/doorbell.hpp>
#include <belfry/ring_reader.hpp>

#include <boost/asio/any_completion_handler.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace belfry::detail {

/// All that one direction needs to receive. Lives in a channel_state.
class receiver_state {
 public:
  receiver_state(doorbell bell, const segment& own, const segment& peer, detail::link&);

  boost::asio::any_io_executor executor() const { return executor_; }
  std::size_t max_message_size() const noexcept { return std::max(ring_.max_message_size(), regions_.max_size()); }
  std::size_t capacity() const noexcept { return ring_.capacity(); }

  /// Hands the oldest message to `use`, and releases it if that returns true, where nothing is in doubt and so nothing
  /// need be called. Returns what `use` did. False: try_peek tells what there is.
  template <class Use>
  bool take_quickly(Use use) {
    if (touched_ || !link_.may_receive()) [[unlikely]]
      return false;
    std::size_t size = 0;
    control_block& own = *own_;
    const bool taken = ring_.try_take(own, [&](const message_view& message) {
      size = message.size();
      return use(message);
    });
    if (!taken) return false;
    own.received.messages.add(1);
    own.received.bytes.add(size);
    const std::uint64_t now = ring_.position();
    wake_peer(now - message_header::footprint(size), now);
    return true;
  }

  /// An empty view without an error: there is no message now.
  message_view try_peek(error_code& ec) noexcept {
    const message_view message = peek_quickly();
    if (!message) [[unlikely]]
      return peek_closely(ec);
    ec.clear();
    return message;
  }
  /// The same where nothing is in doubt. An empty view: try_peek tells what there is.
  message_view peek_quickly() noexcept {
    if (!link_.may_receive()) [[unlikely]]
      return {};
    const message_view message = ring_.try_peek_plain();
    if (!message) [[unlikely]]
      return {};
    touched_ = true;
    shown_messages_ = 1;
    shown_bytes_ = message.size();
    return message;
  }

  /// The message behind the one that was shown last, likewise.
  message_view peek_next_quickly() noexcept {
    if (shown_messages_ == 0) return {};
    const message_view message = ring_.try_peek_next_plain();
    if (!message) return {};
    shown_messages_ += 1;
    shown_bytes_ += message.size();
    return message;
  }

  /// The message behind the one that was shown last; all of them are released together.
  message_view try_peek_next(error_code& ec) noexcept {
    if (shown_messages_ == 0) return try_peek(ec);
    for (;;) {
      const message_view message = ring_.try_peek_next(ec);
      if (message.is_plain()) [[likely]] {
        if (message) return shown(message);
        if (ec) [[unlikely]]
          refused();
        return {};
      }
      if (message.replied() == request_id::none) return next_large(message, ec);
      deliver(message);
      reply_shown(message);
    }
  }

  /// As try_peek, but waits for a message. `begun`: comes_at_once has returned false.
  message_view peek(const steady_deadline&, error_code& ec, bool begun = false);
  /// For a wait that begins, having found nothing: whether something comes in the next moment, as far as the policy lets it
  /// look for that. It does so before it does all else that a wait needs, since an answer may come as fast as that.
  bool comes_at_once() noexcept;

  using peek_handler = boost::asio::any_completion_handler<void(error_code, message_view)>;
  /// The pending operation keeps `self`, and with it the channel, alive.
  /// `at_home`: the handler's executor is this one's.
  static void async_peek(std::shared_ptr<receiver_state> self, peek_handler, bool at_home = false);

  /// Gives what was shown back to the peer, and rings if the peer waits for that much room.
  void release() noexcept {
    if (!touched_) return;
    touched_ = false;
    if (!viewed_.empty()) [[unlikely]]
      viewed_.clear();  // before the peer may know: it may give up a region then
    const std::uint64_t before = ring_.position();
    ring_.release();
    traffic& received = own_->received;
    received.messages.add(shown_messages_);
    received.bytes.add(shown_bytes_);
    shown_messages_ = 0;
    shown_bytes_ = 0;
    wake_peer(before, ring_.position());
  }

  /// Rings if the peer waits for what was released from the position `before` to that of `now`.
  void wake_peer(std::uint64_t before, std::uint64_t now) noexcept {
    const shared_word& wake_at = peer_->space_wake_at;
    if (is_excused(wake_at)) {
      if (standstill_.load(std::memory_order_relaxed) != 0) [[unlikely]]
        after_release(before, false);
      return;
    }
    full_fence();
    const bool awaited = crossed(wake_at.load(std::memory_order_relaxed), before, now);
    if (awaited || standstill_.load(std::memory_order_relaxed) != 0) [[unlikely]]
      after_release(before, awaited);
  }

  // Replies are no messages for the user. Whoever looks for messages hands those that it meets to their requests. While
  // a request waits and nobody looks, the pump does, which also looks behind messages that nobody has received yet.

  request_id next_request() noexcept { return requests_.next_id(); }
  /// What must run while requests wait; keeps `self` alive. It stops by itself. Errors: `not_enough_memory`; what making
  /// its descriptors reports.
  static void start_pump(const std::shared_ptr<receiver_state>& self, error_code& ec) noexcept;
  /// Waits for the reply to a request, which is then to be sent. Precondition: the pump was started just before.
  static void async_await_reply(const std::shared_ptr<receiver_state>& self, request_id,
                                std::shared_ptr<async_request> request);
  /// Adds a request for which somebody will then wait with `await_reply`.
  void add_request(request_id id, std::shared_ptr<pending_request> request) { requests_.add(id, std::move(request)); }
  /// Blocks until `done`, or the end, or the deadline; or until `cancelled` while no wait has begun that could be ended.
  void await_reply(const bool& done, const std::function<bool()>& cancelled, const steady_deadline&, error_code& ec);
  void fail_request(request_id, const error_code&) noexcept;
  /// Those that have been sent by now. Any thread.
  void cancel_requests() noexcept {
    cancelled_.store(requests_.last_id(), std::memory_order_relaxed);
    pump_waiter_.interrupt(posix::wake_reason::interrupted);
  }

  void policy(wait_policy p) noexcept { spinner_.policy(p); }
  void cancel() noexcept { waiter_.interrupt(posix::wake_reason::interrupted); }

  /// What keeps this side from reading on until the peer has got further.
  enum standstill : unsigned {
    for_room = 1,        ///< The sender of this side waits for room.
    for_reply = 2,       ///< Somebody blocks until a reply comes.
    for_some_reply = 4,  ///< Requests wait, without blocking.
    keeping_times = 8,   ///< None; but at each release something is to be done.
  };
  /// While there is such a reason the peer's writer is rung as soon as it has the room that it needs, instead of half the
  /// ring: otherwise both sides could wait for ever, each for the other to read. Any thread.
  void stands_still(standstill, bool yes) noexcept;
  /// Rings the peer's writer now, if what was released would do for it.
  void nudge_waiting_writer() noexcept;

  /// Whether the peer's writer waits for room, as far as it has told.
  bool peer_waits_for_room() const noexcept {
    const std::uint64_t released = own_->released.load(std::memory_order_relaxed);
    return static_cast<std::int64_t>(peer_->space_wake_at.load(std::memory_order_relaxed) - released) > 0;
  }

  /// Remembers where and when the last `most` releases began. Before anything is received.
  void keep_times(std::size_t most);
  /// Those. Any thread.
  std::vector<message_times::entry> times() const;

  // Any thread.
  std::uint64_t messages() const noexcept { return own_->received.messages.get(); }
  std::uint64_t bytes() const noexcept { return own_->received.bytes.get(); }
  std::uint64_t rings() const noexcept { return own_->received.rings.get(); }
  std::uint64_t sleeps() const noexcept { return own_->received.sleeps.get(); }
  std::uint64_t spins_won() const noexcept { return spinner_.won_times(); }
  std::uint64_t spins_lost() const noexcept { return spinner_.lost_times(); }
  std::uint64_t barriers() const noexcept { return sleeper_.barriers(); }

  posix::bell_waiter& waiter() noexcept { return waiter_; }

 private:
  /// Messages that one look takes or passes by. A peer that floods its own replies must not keep us at it.
  static constexpr std::size_t replies_at_once = 256;

  template <class>
  struct peek_body;
  struct reply_body;

  message_view shown(const message_view& message) noexcept {
    touched_ = true;
    shown_messages_ += 1;
    shown_bytes_ += message.size();
    return message;
  }
  bool expects_answer() noexcept;
  void reply_shown(const message_view& reply) noexcept;
  void look_again() noexcept;
  message_view peek_closely(error_code& ec) noexcept;
  message_view next_in_ring(error_code& ec) noexcept;
  message_view special(message_view, error_code& ec) noexcept;
  message_view next_large(const message_view& reference, error_code& ec) noexcept;
  message_view whole(const message_view& reference, std::shared_ptr<const mapping>&, error_code& ec) noexcept;
  message_view view_large(const message_view& reference, error_code& ec) noexcept;
  void deliver(const message_view& reply) noexcept;
  bool deliver_some(error_code& ec) noexcept;
  error_code no_more_replies() const noexcept;
  void arm_for_replies() noexcept;
  void after_wait() noexcept;
  void rouse_pump() noexcept;
  static void pump(const std::shared_ptr<receiver_state>& self);
  static void pump_later(const std::shared_ptr<receiver_state>& self);
  void after_release(std::uint64_t begin, bool awaited) noexcept;
  void ring_bell() noexcept;
  void refused() noexcept;
  bool look(message_view& message, error_code& ec) noexcept;
  void arm() noexcept;

  ring_reader ring_;
  control_block* own_;
  const control_block* peer_;
  bool touched_ = false;  // something was shown since the last release
  std::uint64_t shown_messages_ = 0;
  std::uint64_t shown_bytes_ = 0;  // of payload
  region_table regions_;
  std::vector<std::shared_ptr<const mapping>> viewed_;  // what of them is shown
  std::atomic<unsigned> standstill_{0};                 // all reasons together
  std::unique_ptr<message_times> times_;                // where they are kept
  spinner spinner_;
  sleeper sleeper_;
  detail::link& link_;
  boost::asio::any_io_executor executor_;
  doorbell_handle bell_;  // not the doorbell: a channel tells of its peer's death itself, and waits in another way
  posix::bell_waiter waiter_;
  request_table requests_;
  std::atomic<request_id> cancelled_{request_id::none};  // up to this one
  bool pumping_ = false;
  handler_memory pump_memory_;     // so that the pump cannot stop for want of it
  std::uint64_t sent_before_ = 0;  // when a wait began last
  posix::bell_waiter pump_waiter_;
};

}  // namespace belfry::detail

#endif
