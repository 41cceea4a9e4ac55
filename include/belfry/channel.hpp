// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_CHANNEL_HPP
#define BELFRY_CHANNEL_HPP

#include <belfry/channel_handle.hpp>
#include <belfry/detail/initiation.hpp>
#include <belfry/detail/request_op.hpp>
#include <belfry/error.hpp>
#include <belfry/large_message_limits.hpp>
#include <belfry/passed_descriptor.hpp>
#include <belfry/receiver.hpp>
#include <belfry/sender.hpp>
#include <belfry/wait_policy.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/throw_exception.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace belfry {

/// What is settled when a channel is made. A size is from 1 byte to 1 GiB (else the error is `invalid_argument`), and is
/// rounded up to a power of two of at least a page.
struct channel_options {
  /// Bytes of the ring in which the maker of the channel sends.
  std::size_t outgoing_capacity = 64 * 1024;
  /// Bytes of the ring in which the peer sends.
  std::size_t incoming_capacity = 64 * 1024;
  /// What the maker of the channel may take for messages that are larger than its ring. None are allowed by default.
  large_message_limits outgoing_large{};
  /// What the peer may take for such messages.
  large_message_limits incoming_large{};
  /// So many descriptors that the peer hands over may wait here until somebody receives them, at most 64 (else the error
  /// is `invalid_argument`). None are taken by default. Whether the peer takes any is for the peer to say.
  std::size_t incoming_descriptors = 0;
};

/// Who is on the other side.
struct peer_info {
  std::string name;       ///< What the peer calls itself, or what this side calls it; may be empty.
  int pid = 0;            ///< As the kernel vouches for it; 0 if unknown.
  unsigned protocol = 0;  ///< The version of the protocol that was agreed on; 0 without a handshake.
};

/// What went over a channel so far.
struct channel_stats {
  /// Of one direction.
  struct direction {
    std::uint64_t messages = 0;    ///< Committed, or released.
    std::uint64_t bytes = 0;       ///< Of payload.
    std::uint64_t rings = 0;       ///< Times this side rang the peer's bell.
    std::uint64_t sleeps = 0;      ///< Times this side waited for the peer, blocking or not.
    std::uint64_t spins_won = 0;   ///< Times it would have waited, had it not looked a little longer.
    std::uint64_t spins_lost = 0;  ///< Times it looked a little longer, and waited all the same.
    std::uint64_t barriers = 0;    ///< Times it called `membarrier` before it waited, since it had long been awake.
  };
  /// What this side sent.
  direction sent;
  /// What this side received.
  direction received;
  std::uint64_t rings_suppressed = 0;  ///< Times this side sent and the peer needed no ring, since it was awake.
  std::uint64_t unread_bytes = 0;  ///< Bytes of the outgoing ring, headers included, that the peer has not released.
  std::uint64_t high_water_bytes =
      0;                           ///< The most that this ever was; 0 as long as it was below an eighth of the ring.
  std::uint64_t regions = 0;       ///< Regions that this side holds for large messages.
  std::uint64_t region_bytes = 0;  ///< Bytes in them.
  /// Since the channel was made.
  std::chrono::nanoseconds uptime{0};
};

namespace detail {
struct channel_state;
}

/// Two processes that talk: a ring and a doorbell each way, and a lifeline that tells when the other is gone.
///
/// Every wait on a channel ends, with a reason. Destroying a channel closes it.
///
/// Thread safety: the sender and the receiver may be used by one thread each at the same time. `cancel`, `close`,
/// `stats` and `is_open` may be called from any thread. All else needs the object to itself.
///
/// Fork: a channel belongs to the process that made it. A forked child's copy can only be destroyed, which closes the
/// child's copies of the descriptors and says nothing to the peer; do so early, since they hide this side's death.
///
/// Object lifetime: moving a channel does not disturb pending asynchronous operations; destroying it ends them with
/// `operation_aborted`. No thread may be blocked in it when it is destroyed.
class channel {
 public:
  /// Where asynchronous operations complete, unless their handlers say otherwise.
  using executor_type = boost::asio::any_io_executor;

  /// Attached to nothing; only assignment, destruction and `is_open` make sense.
  channel() noexcept = default;
  /// What is left behind is as default-constructed.
  channel(channel&&) noexcept = default;
  /// What was here before is given up first.
  channel& operator=(channel&&) noexcept;
  ~channel();

  /// Makes a channel: this side, and the ends for the peer, which a forked child or another thread turns into a channel
  /// of its own with `from_handle`. Launched programs get theirs from a `launcher`.
  ///
  /// Errors: those of `segment_handle::create`, `segment::map_own`, `doorbell::create_pair`, `lifeline::create_pair`.
  static std::pair<channel, channel_handle> create_pair(executor_type, const channel_options&, error_code& ec);
  /// The same; throws `system_error`.
  static std::pair<channel, channel_handle> create_pair(executor_type, const channel_options& = {});

  /// Attaches to the ends in `handle`. On error the handle may be used up.
  ///
  /// Errors: those of `segment::map_own`, `segment::map_peer`, `doorbell::from_handle`.
  static channel from_handle(executor_type, channel_handle&& handle, error_code& ec);
  /// The same; throws `system_error`.
  static channel from_handle(executor_type, channel_handle&& handle);

  /// The direction in which this side sends.
  belfry::sender& sender() noexcept { return sender_; }
  /// The direction in which this side receives.
  belfry::receiver& receiver() noexcept { return receiver_; }

  /// Sends a request, and waits for the reply, which goes to `target` (as with `receiver::receive`; `with_info` tells its
  /// kind). Returns its size.
  ///
  /// The peer receives a message whose `request()` it gives to `reply`. Requests and plain messages share the channel, and
  /// many requests may be under way. A reply is not a message to the receiver; it overtakes messages that nobody has
  /// received yet. A request can be 8 bytes shorter than a plain message.
  ///
  /// Errors: as of sending; then `error::peer_dead`, `error::closed` or `error::protocol_violation` if the channel ended
  /// before a reply had come; `error::buffer_too_small` (the reply is lost); `operation_aborted`.
  ///
  /// Thread safety: whoever requests uses both directions. One thread, or one strand which is also the channel's
  /// executor, must do all sending, receiving and requesting here.
  template <class ConstBufferSequence, class Target>
  std::size_t request(const ConstBufferSequence& buffers, std::uint16_t kind, Target&& target, error_code& ec) {
    return request_until(buffers, kind, target, {}, ec);
  }
  /// The same; throws `system_error`.
  template <class ConstBufferSequence, class Target>
  std::size_t request(const ConstBufferSequence& buffers, std::uint16_t kind, Target&& target) {
    error_code ec;
    const std::size_t size = request_until(buffers, kind, target, {}, ec);
    throw_if(ec, "belfry: request");
    return size;
  }
  /// As `request`, at most for `limit`; then the error is `error::timed_out`, and a reply that comes later is dropped.
  template <class ConstBufferSequence, class Target>
  std::size_t request_for(std::chrono::nanoseconds limit, const ConstBufferSequence& buffers, std::uint16_t kind,
                          Target&& target, error_code& ec) {
    return request_until(buffers, kind, target, detail::deadline_after(limit), ec);
  }
  /// The same; throws `system_error`.
  template <class ConstBufferSequence, class Target>
  std::size_t request_for(std::chrono::nanoseconds limit, const ConstBufferSequence& buffers, std::uint16_t kind,
                          Target&& target) {
    error_code ec;
    const std::size_t size = request_until(buffers, kind, target, detail::deadline_after(limit), ec);
    throw_if(ec, "belfry: request_for");
    return size;
  }

  /// Sends a request and waits for the reply as `request` does, without blocking. It needs nobody to receive.
  ///
  /// The memory that `buffers` and `target` refer to must stay valid until completion.
  ///
  /// Completion signature: `void(error_code, std::size_t)`, with the reply's size. Per-operation cancellation: terminal,
  /// partial and total; the request may have been sent, and its reply is dropped then. A time limit is a cancellation,
  /// too: `co_await (async_request(...) || timer.async_wait(...))`.
  template <class ConstBufferSequence, class Target,
            boost::asio::completion_token_for<void(error_code, std::size_t)> Token>
  auto async_request(const ConstBufferSequence& buffers, std::uint16_t kind, Target target, Token&& token) {
    return boost::asio::async_compose<Token, void(error_code, std::size_t)>(
        detail::request_op<ConstBufferSequence, Target>{{sender_.state_,
                                                         buffers,
                                                         {kind, detail::message_header::request, {}},
                                                         receiver_.state_,
                                                         std::move(target)}},
        token, get_executor());
  }

  /// Answers a request, of which `id` is the `request()`. Waits for room as `sender::send` does, and has its errors; a
  /// reply can be 8 bytes shorter than a plain message. A request may be answered later, in any order, or never.
  template <class ConstBufferSequence>
  void reply(request_id id, const ConstBufferSequence& buffers, std::uint16_t kind, error_code& ec) {
    const detail::envelope what{kind, detail::message_header::reply, id};
    auto& out = *sender_.state_;
    detail::fill_and_commit(out, out.reserve(what.overhead() + boost::asio::buffer_size(buffers), {}, ec), buffers,
                            what, ec);
  }
  /// The same; throws `system_error`.
  template <class ConstBufferSequence>
  void reply(request_id id, const ConstBufferSequence& buffers, std::uint16_t kind = 0) {
    error_code ec;
    reply(id, buffers, kind, ec);
    throw_if(ec, "belfry: reply");
  }

  /// The same, of kind 0.
  template <class ConstBufferSequence>
  void reply(request_id id, const ConstBufferSequence& buffers, error_code& ec) {
    reply(id, buffers, 0, ec);
  }

  /// Answers as `reply` does, without blocking.
  ///
  /// Completion signature: `void(error_code)`. Per-operation cancellation: terminal, partial and total; a cancelled
  /// operation has sent nothing.
  template <class ConstBufferSequence, boost::asio::completion_token_for<void(error_code)> Token>
  auto async_reply(request_id id, const ConstBufferSequence& buffers, std::uint16_t kind, Token&& token) {
    return boost::asio::async_compose<Token, void(error_code)>(
        detail::send_op<ConstBufferSequence>{{sender_.state_, buffers, {kind, detail::message_header::reply, id}}},
        token, get_executor());
  }

  /// From now on so many descriptors that the peer hands over may wait here, unless there may be more already. At most 64.
  /// Each that waits is open in this process. Any thread.
  ///
  /// Errors: `invalid_argument`, `not_enough_memory`.
  void accept_descriptors(std::size_t limit, error_code& ec) noexcept;
  /// The same; throws `system_error`.
  void accept_descriptors(std::size_t limit);

  /// Hands a duplicate of `fd` over to the peer, under that name (see `is_descriptor_name`), if it lets descriptors come
  /// (`channel_options::incoming_descriptors`, `accept_descriptors`, `guest::attach_options::descriptors`). Does not
  /// wait. Descriptors keep their order, among each other but not towards messages. Any thread.
  ///
  /// Errors: `invalid_argument` (the name); `error::handle_not_open`; `error::descriptors_not_accepted`;
  /// `no_buffer_space` (as many as may wait at the peer do: try again later); those of `sender::try_send` where the
  /// channel has ended; what sendmsg reports, such as ETOOMANYREFS. On error nothing was sent.
  void send_descriptor(std::string_view name, int fd, error_code& ec) noexcept;
  /// The same; throws `system_error`.
  void send_descriptor(std::string_view name, int fd);

  /// Waits for a descriptor that the peer hands over. What had come before the channel's end is received first.
  ///
  /// Errors: those of `receiver::receive`; `too_many_files_open` (one came, and this process had no number left for it;
  /// it is lost).
  ///
  /// Thread safety: one thread may receive descriptors while others send and receive messages.
  passed_descriptor receive_descriptor(error_code& ec) { return receive_descriptor_until({}, ec); }
  /// The same; throws `system_error`.
  passed_descriptor receive_descriptor();
  /// As `receive_descriptor`, at most for `limit`; then the error is `error::timed_out`.
  passed_descriptor receive_descriptor_for(std::chrono::nanoseconds limit, error_code& ec) {
    return receive_descriptor_until(detail::deadline_after(limit), ec);
  }
  /// The same; throws `system_error`.
  passed_descriptor receive_descriptor_for(std::chrono::nanoseconds limit);
  /// As `receive_descriptor`, without waiting: none, without an error, if there is none now. Asks the system.
  passed_descriptor try_receive_descriptor(error_code& ec);
  /// The same; throws `system_error`.
  passed_descriptor try_receive_descriptor();
  /// As `receive_descriptor`, without blocking.
  ///
  /// Completion signature: `void(error_code, passed_descriptor)`. Per-operation cancellation: terminal, partial and
  /// total; the descriptor, if one came, is still there then.
  template <boost::asio::completion_token_for<void(error_code, passed_descriptor)> Token>
  auto async_receive_descriptor(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, passed_descriptor)>(
        detail::initiation<channel, &channel::start_receive_descriptor>{this}, token);
  }

  /// Says goodbye: the peer receives what was committed, and then sees `error::closed`. This side's pending operations
  /// end with `operation_aborted`, later ones with `bad_descriptor`. Closing twice is harmless.
  void close() noexcept;

  /// Closes when the peer has released all that was sent, or at the latest after `limit` (steady clock, rounded up to a
  /// millisecond). Blocks. The channel is closed afterwards in any case.
  ///
  /// Errors: `error::timed_out`, or what ended the channel before: then the peer may not have received everything;
  /// `already_started` if a send waits.
  void close_for(std::chrono::nanoseconds limit, error_code& ec) noexcept;
  /// The same; throws `system_error`.
  void close_for(std::chrono::nanoseconds limit);

  /// Closes when the peer has released all that was sent.
  ///
  /// Completion signature: `void(error_code)`. Per-operation cancellation: terminal, partial and total; the channel stays
  /// open then. After any other error, as with `close_for`, it is closed.
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_close(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        detail::initiation<channel, &channel::start_close>{this}, token);
  }

  /// Ends the waits of both directions, for descriptors too, and all requests, with `operation_aborted`.
  void cancel() noexcept;

  /// Whether neither side has closed and the peer lives; asks the system. Operations that wait need no such question:
  /// they end when the channel does. One who only polls with the `try_` forms learns of an end here.
  bool is_open() const noexcept;

  /// How both directions wait; `sender` and `receiver` have the same each for itself. Any thread.
  void set_wait_policy(wait_policy policy) noexcept;

  /// Who is on the other side, as far as it is known.
  const peer_info& peer() const noexcept;
  /// What went over this channel so far. Any thread.
  channel_stats stats() const noexcept;

  /// The executor that was given.
  executor_type get_executor() const;

  /// For the library's own parts.
  explicit channel(std::shared_ptr<detail::channel_state>) noexcept;
  /// For the library's own parts.
  const std::shared_ptr<detail::channel_state>& state() const noexcept { return state_; }

 private:
  template <class, auto>
  friend struct detail::initiation;

  template <class ConstBufferSequence, class Target>
  std::size_t request_until(const ConstBufferSequence& buffers, std::uint16_t kind, Target& target,
                            const detail::steady_deadline& deadline, error_code& ec) {
    return detail::request(*sender_.state_, *receiver_.state_, buffers, kind, target, deadline, ec);
  }
  static void throw_if(const error_code& ec, const char* what) {
    if (ec) boost::throw_exception(system_error(ec, what));
  }

  passed_descriptor receive_descriptor_until(const detail::steady_deadline&, error_code& ec);
  void start_receive_descriptor(boost::asio::any_completion_handler<void(error_code, passed_descriptor)>);
  void start_close(boost::asio::any_completion_handler<void(error_code)>);

  std::shared_ptr<detail::channel_state> state_;
  belfry::sender sender_;
  belfry::receiver receiver_;
};

}  // namespace belfry

#endif
