// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_SENDER_STATE_HPP
#define BELFRY_DETAIL_SENDER_STATE_HPP

#include <belfry/detail/counter.hpp>
#include <belfry/detail/link.hpp>
#include <belfry/detail/message_times.hpp>
#include <belfry/detail/posix/bell_waiter.hpp>
#include <belfry/detail/region_pool.hpp>
#include <belfry/detail/sleeper.hpp>
#include <belfry/detail/spinner.hpp>
#include <belfry/detail/turnstile.hpp>
#include <belfry/detail/wake.hpp>
#include <belfry/doorbell.hpp>
#include <belfry/ring_writer.hpp>

#include <boost/asio/any_completion_handler.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace belfry::detail {

/// All that one direction needs to send: the ring, its bell, the link to the peer. Lives in a channel_state.
class sender_state {
 public:
  sender_state(doorbell bell, const segment& own, const segment& peer, detail::link&);

  boost::asio::any_io_executor executor() const { return executor_; }
  std::size_t max_message_size() const noexcept { return std::max(ring_.max_message_size(), pool_.max_size()); }
  std::size_t capacity() const noexcept { return ring_.capacity(); }

  /// A null span without an error: there is no room now.
  std::span<std::byte> try_reserve(std::size_t size, error_code& ec) noexcept {
    const auto room = room_now(size, ec);
    if (room.data() == nullptr && !ec) [[unlikely]]
      no_room();
    return room;
  }

  /// Sends a message that `fill` writes, where neither room nor peer is in doubt: then nothing need be called. False:
  /// that was not so, and try_reserve tells why.
  template <class Fill>
  bool send_quickly(std::size_t size, std::uint16_t kind, Fill fill) {
    if (!link_.may_send() || !ring_.try_put(size, kind, fill)) [[unlikely]]
      return false;
    const std::uint64_t now = ring_.position();
    traffic& sent = own_->sent;
    sent.messages.add(1);
    sent.bytes.add(size);
    return wake_peer(now - message_header::footprint(size), now, sent);
  }
  /// As try_reserve where neither room nor peer is in doubt. A null span: try_reserve tells why.
  std::span<std::byte> reserve_quickly(std::size_t size) noexcept {
    if (!link_.may_send()) [[unlikely]]
      return {};
    in_region_ = false;
    return ring_.try_reserve_quickly(size);
  }

  /// As try_reserve, but waits for room.
  std::span<std::byte> reserve(std::size_t size, const steady_deadline&, error_code& ec);

  using reserve_handler = boost::asio::any_completion_handler<void(error_code, std::span<std::byte>)>;
  /// The pending operation keeps `self`, and with it the channel, alive. In a handler of the same operation's it may
  /// complete at once.
  static void async_reserve(std::shared_ptr<sender_state> self, std::size_t size, reserve_handler,
                            bool in_handler = false, bool at_home = false);

  /// Commits, and rings if the peer sleeps. Returns whether the peer was there, as far as that was to be seen.
  bool commit(std::size_t size, std::uint16_t kind, std::uint64_t flags = 0) noexcept {
    const std::uint64_t before = in_region_ ? commit_large(size, kind, flags) : ring_.commit(size, kind, flags);
    traffic& sent = own_->sent;
    if (staged_messages_ != 0) count_staged(sent);
    sent.messages.add(1);
    sent.bytes.add(flags == 0 ? size : size - message_header::number_size);
    return published(before, sent);
  }

  /// Finishes a message that the peer shall see later, with those that follow.
  void stage(std::size_t size, std::uint16_t kind) noexcept {
    if (in_region_) [[unlikely]]
      stage_large(size, kind, 0);
    else ring_.stage(size, kind);
    ++staged_messages_;
    staged_bytes_ += size;
  }
  void publish() noexcept {
    if (!ring_.has_staged()) return;
    const std::uint64_t before = ring_.publish();
    batches_.add(1);
    count_staged(own_->sent);
    published(before, own_->sent);
  }
  void abandon() noexcept {
    ring_.abandon();
    in_region_ = false;
  }

  /// Where the next message will begin. The bytes of messages from `released` on are here still, also when the peer is
  /// gone: somebody else may be given them.
  std::uint64_t position() const noexcept { return ring_.position(); }
  /// Up to where the peer has released. If it publishes what cannot be: up to where it had when this was last looked at.
  std::uint64_t released() noexcept {
    ring_.look_at_reader();
    return ring_.released_when_last_seen();
  }
  /// Kind and bytes of the plain message that was committed at `position`, which must not have been released.
  std::pair<std::uint16_t, std::span<const std::byte>> message_at(std::uint64_t position) const noexcept;

  /// Nothing more will be sent; the peer is told.
  void finish(error_code& ec) noexcept;

  /// Waits until the peer has released all that was committed.
  void wait_drained(const steady_deadline&, error_code& ec);
  using drained_handler = boost::asio::any_completion_handler<void(error_code)>;
  static void async_wait_drained(std::shared_ptr<sender_state> self, drained_handler);

  /// Whoever publishes what begins at `before` looks whether the peer wants to be woken at a position that was crossed.
  bool published(std::uint64_t before, traffic& sent) noexcept {
    const std::uint64_t now = ring_.position();
    if (now > ring_.expected_until()) [[unlikely]]
      after_much(before);
    return wake_peer(before, now, sent);
  }
  bool wake_peer(std::uint64_t before, std::uint64_t now, traffic& sent) noexcept {
    sent.position.store(now, std::memory_order_relaxed);
    const shared_word& wake_at = peer_->data_wake_at;
    if (is_excused(wake_at)) return true;
    full_fence();
    if (crossed(wake_at.load(std::memory_order_relaxed), before, now)) [[unlikely]]
      return ring_bell();
    return true;
  }

  /// For want of room: a wait begins, or ends, or somebody who does not wait found none.
  enum class stall { begins, ends, tried };
  /// Called at each: this side's receiver looks after the peer's writer, which may wait for us too.
  void on_stall(std::function<void(stall)> f) { on_stall_ = std::move(f); }

  /// What a send reports where nothing can be sent any more; no error where it can.
  error_code end() const noexcept;

  /// In which asynchronous sends wait for each other.
  turnstile& turn() noexcept { return turn_; }

  void policy(wait_policy p) noexcept { spinner_.policy(p); }
  void cancel() noexcept {
    cancellations_.fetch_add(1, std::memory_order_relaxed);
    waiter_.interrupt(posix::wake_reason::interrupted);
  }
  /// How often something has ended all waits: `cancel`, and this side's closing. An operation of several steps tells by it
  /// that this has come between two of them. Any thread.
  std::uint64_t endings_of_waits() const noexcept {
    const std::uint64_t closed = link_.state() == link_state::closed_here ? 1 : 0;
    return cancellations_.load(std::memory_order_relaxed) + closed;
  }

  /// Remembers where and when the last `most` messages began. Before anything is sent.
  void keep_times(std::size_t most);
  /// Those. Any thread.
  std::vector<message_times::entry> times() const;

  // Any thread.
  std::uint64_t messages() const noexcept { return own_->sent.messages.get(); }
  std::uint64_t bytes() const noexcept { return own_->sent.bytes.get(); }
  std::uint64_t rings() const noexcept { return own_->sent.rings.get(); }
  std::uint64_t sleeps() const noexcept { return own_->sent.sleeps.get(); }
  std::uint64_t spins_won() const noexcept { return spinner_.won_times(); }
  std::uint64_t spins_lost() const noexcept { return spinner_.lost_times(); }
  std::uint64_t barriers() const noexcept { return sleeper_.barriers(); }
  std::uint64_t rings_suppressed() const noexcept;
  std::uint64_t high_water() const noexcept;
  std::uint64_t regions() const noexcept { return pool_.regions(); }
  std::uint64_t region_bytes() const noexcept { return pool_.bytes(); }
  std::uint64_t unread_bytes() const noexcept {
    return ring_.unread(own_->sent.position.load(std::memory_order_relaxed));
  }

  posix::bell_waiter& waiter() noexcept { return waiter_; }

 private:
  template <class>
  struct wait_body;
  template <class>
  struct reserve_body;
  template <class>
  struct drained_body;

  /// Adds what was staged to what was sent: it is now.
  void count_staged(traffic& sent) noexcept {
    sent.messages.add(staged_messages_);
    sent.bytes.add(staged_bytes_);
    staged_.add(staged_messages_);
    staged_messages_ = staged_bytes_ = 0;
  }
  bool ring_bell() noexcept;
  void after_much(std::uint64_t begin) noexcept;
  void raise_high_water() noexcept;
  void refused(const error_code&) noexcept;
  bool look(std::size_t size, std::span<std::byte>& room, error_code& ec) noexcept;
  bool drained(error_code& ec) noexcept;
  void arm(std::uint64_t needed, std::uint64_t wake_at) noexcept;
  void disarm() noexcept;
  void stalled(bool yes) noexcept;
  void no_room() noexcept;
  std::span<std::byte> large_room(std::size_t size, error_code& ec) noexcept;
  void stage_large(std::size_t size, std::uint16_t kind, std::uint64_t flags) noexcept;
  std::uint64_t commit_large(std::size_t size, std::uint16_t kind, std::uint64_t flags) noexcept;
  std::uint64_t released_needed(std::size_t size) const noexcept;

  std::span<std::byte> room_now(std::size_t size, error_code& ec) noexcept {
    if (!link_.may_send()) [[unlikely]] {
      ec = end();
      return {};
    }
    in_region_ = false;
    const auto room = ring_.try_reserve(size, ec);
    if (ec) [[unlikely]]
      return large_room(size, ec);
    return room;
  }

  ring_writer ring_;
  bool in_region_ = false;          // what was reserved last is there, and not in the ring
  std::byte* reference_ = nullptr;  // where, in the ring, what refers to it will be written
  std::uint64_t staged_messages_ = 0;
  std::uint64_t staged_bytes_ = 0;  // of payload
  region_pool pool_;
  control_block* own_;
  const control_block* peer_;
  std::function<void(stall)> on_stall_;
  std::unique_ptr<message_times> times_;   // where they are kept; then each message goes the long way
  counter staged_, batches_, high_water_;  // the others stand in own_->sent
  spinner spinner_;
  sleeper sleeper_;
  detail::link& link_;
  boost::asio::any_io_executor executor_;
  turnstile turn_;
  std::atomic<std::uint64_t> cancellations_{0};
  doorbell_handle bell_;  // not the doorbell: a channel tells of its peer's death itself, and waits in another way
  posix::bell_waiter waiter_;
};

}  // namespace belfry::detail

#endif
