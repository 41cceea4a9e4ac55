// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_LINK_HPP
#define BELFRY_DETAIL_LINK_HPP

#include <belfry/error.hpp>
#include <belfry/lifeline.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>
#include <vector>

namespace belfry::detail::posix {
class bell_waiter;
enum class wake_reason;
}  // namespace belfry::detail::posix

namespace belfry::detail {

class descriptor_queue;
class region_table;

/// How it stands between the two sides. Once it is no longer `open` it only changes to `closed_here`.
enum class link_state {
  open,
  peer_closed,  ///< The peer said goodbye.
  peer_dead,    ///< The peer's end of the lifeline is gone, without a goodbye.
  violated,     ///< The peer broke the protocol.
  closed_here,  ///< This side closed the channel.
};

/// The liveness of a channel, shared by its two directions: owns the lifeline, listens to it, remembers the end.
///
/// Thread safety: all.
class link {
 public:
  explicit link(lifeline line);
  /// Says goodbye, if that was not done.
  ~link();

  link_state state() const noexcept { return state_.load(std::memory_order_acquire); }

  /// Whether the link is open, and this side has not finished.
  bool may_send() const noexcept { return may_send_.load(std::memory_order_acquire); }

  /// Whether what the peer has sent may be received. Not once this side has closed; and a peer that broke the protocol is
  /// not believed any more.
  bool may_receive() const noexcept { return may_receive_.load(std::memory_order_acquire); }

  /// What an operation reports in that state; no error while open. With `closed_here` it is `bad_descriptor`.
  error_code error() const noexcept;

  /// Listens to what has come over the lifeline, a few frames at a time. True: there may be more.
  bool listen() noexcept;
  /// So many times of listening hear all that a peer can have left in a socket. One that goes on talking must not keep us
  /// at it.
  static constexpr int most_listening = 512;
  /// A bell, or the peer's process, says that the peer is gone. The lifeline may know better: it may have said goodbye
  /// before.
  void peer_is_gone() noexcept;
  /// The peer published or said what no correct peer would; `what` names the field.
  void violated(const char* what) noexcept;
  /// Tells the peer that nothing more will be sent. Errors: as `say`.
  void finish(belfry::error_code& ec) noexcept;
  /// Whether the peer has told so.
  bool peer_finished() const noexcept { return peer_finished_.load(std::memory_order_acquire); }

  /// Tells the peer about memory for large messages. Errors: as `say`.
  void pass_region(std::uint64_t id, std::size_t size, int descriptor, belfry::error_code& ec) noexcept;
  void give_up_region(std::uint64_t id, belfry::error_code& ec) noexcept;
  /// Who keeps what the peer tells about its own; without that the peer may not speak of it. Before any listening.
  void keep_regions(region_table&) noexcept;

  /// Hands a descriptor over. Errors: as `say`.
  void pass_descriptor(std::string_view name, int descriptor, belfry::error_code& ec) noexcept;
  /// Where those that the peer hands over go. Before any listening.
  void keep_descriptors(descriptor_queue&) noexcept;
  /// From now on the peer may hand some over. Any thread.
  void let_descriptors_come() noexcept;

  /// Says goodbye and ends all waits.
  void close() noexcept;

  /// `pidfd` is the peer's process: its end counts, though something else may still hold its ends. Before any listening;
  /// it must stay open until the link has ended.
  void watch_process(int pidfd);

  /// Called once, on the thread that noticed, when the state leaves `open`, with what was violated or "". It must not
  /// throw. If the state has left `open` already it is called at once.
  using end_handler = std::function<void(link_state, const char*)>;
  void on_end(end_handler);

  /// A waiter that is woken when the end is noticed elsewhere. It must live as long as the link is used.
  void watch(posix::bell_waiter&);

  int native_handle() const noexcept { return line_.native_handle(); }

 private:
  /// How the link ends, and what was violated or "".
  struct ending {
    link_state state = link_state::open;
    const char* what = "";
  };

  bool copied() const noexcept;
  ending hear(bool& more, bool& finished) noexcept;
  bool listen_to_line() noexcept;
  bool process_has_ended() noexcept;
  /// Errors: those of `lifeline::send`, with the end of the link in the place of `error::peer_dead`.
  void say(frame_type, std::string_view payload, int descriptor, belfry::error_code& ec) noexcept;
  bool leave(link_state to, const char* what) noexcept;
  void end_in(link_state) noexcept;
  void wake(posix::wake_reason) noexcept;
  void say_goodbye() noexcept;

  std::atomic<link_state> state_{link_state::open};
  std::atomic<bool> may_send_{true};
  std::atomic<bool> may_receive_{true};
  std::atomic<bool> peer_finished_{false};
  std::mutex line_mutex_;  // guards the receiving half of line_, and the next two
  frame frame_;
  ending heard_;  // once it is over there is nothing more to hear; not yet known to `state_`
  lifeline line_;
  region_table* regions_ = nullptr;
  descriptor_queue* descriptors_ = nullptr;
  int process_;            // whose channel this is
  int peer_process_ = -1;  // a pidfd, if this side has one

  std::mutex mutex_;  // guards what follows
  end_handler on_end_;
  const char* what_ = "";
  std::vector<posix::bell_waiter*> waiters_;
};

}  // namespace belfry::detail

#endif
