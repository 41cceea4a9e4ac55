// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_CHANNEL_STATE_HPP
#define BELFRY_DETAIL_CHANNEL_STATE_HPP

#include <belfry/channel.hpp>
#include <belfry/detail/descriptor_exchange.hpp>
#include <belfry/detail/link.hpp>
#include <belfry/detail/receiver_state.hpp>
#include <belfry/detail/sender_state.hpp>
#include <belfry/diagnostics.hpp>
#include <belfry/segment.hpp>
#include <belfry/segment_handle.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

namespace belfry::detail {

/// What a channel is made of. Pending operations keep it alive; a channel that is destroyed closes it.
struct channel_state {
  channel_state(lifeline, doorbell outgoing, doorbell incoming, std::shared_ptr<const segment> own_segment,
                std::shared_ptr<const segment> peer_segment);

  // Shared, since a test lets two channels use the same mappings: ThreadSanitizer compares addresses.
  std::shared_ptr<const segment> own;
  std::shared_ptr<const segment> peer;
  peer_info info;
  std::chrono::steady_clock::time_point born = std::chrono::steady_clock::now();
  detail::link line;
  sender_state out;
  receiver_state in;
  descriptor_exchange descriptors;
  segment_handle own_file, peer_file;  // where others may look on

  channel_stats stats() const noexcept;

  /// Waits until the peer has released everything, and closes; if the wait is cancelled the channel stays open.
  static void async_close(std::shared_ptr<channel_state>, boost::asio::any_completion_handler<void(error_code)>);

  /// From now on other processes of this user can look on: the files of both segments stay open, and in this side's stands
  /// who talks.
  void show(segment_handle own_file, segment_handle peer_file, std::string_view name, int pid) noexcept;
  /// Remembers where and when the last `most` messages each way began. Before the channel is used.
  void keep_times(std::size_t most);

  /// Tells those who look on.
  void show_end(link_state) noexcept;
  void show_restarts(std::uint64_t count) noexcept;

  /// A diagnostic of this channel with all its figures filled in, without a message.
  diagnostic describe(event_kind, severity) const;

  /// Reports the end of the channel to the sink, with this side's knowledge. The launcher, which knows more, puts a
  /// handler of its own in the place of this.
  void report_end(link_state, const char* what) const noexcept;
};

}  // namespace belfry::detail

#endif
