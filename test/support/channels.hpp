// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_CHANNELS_HPP
#define BELFRY_TEST_SUPPORT_CHANNELS_HPP

#include <belfry/channel.hpp>
#include <belfry/detail/channel_state.hpp>
#include <belfry/doorbell.hpp>
#include <belfry/lifeline.hpp>
#include <belfry/segment.hpp>
#include <belfry/segment_handle.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace belfry::test {

/// Both sides of a channel in one process.
struct both_sides {
  channel a;
  channel b;
};

inline both_sides make_channels(const boost::asio::any_io_executor& executor, const channel_options& options) {
  auto [mine, theirs] = channel::create_pair(executor, options);
  return {std::move(mine), channel::from_handle(executor, std::move(theirs))};
}

inline both_sides make_channels(const boost::asio::any_io_executor& executor, std::size_t capacity = 4096) {
  return make_channels(executor, {capacity, capacity});
}

/// Rings of a page and, each way, so many bytes for messages that are larger.
inline channel_options large_messages(std::size_t bytes, std::uint32_t regions = 16) {
  return {4096, 4096, {bytes, regions}, {bytes, regions}};
}

/// The parts of a channel's other side, for a test that plays a peer that is broken or malicious.
struct hand_made {
  channel a;           ///< The side under test.
  lifeline line;       ///< Of the other side.
  doorbell to_reader;  ///< Rings the receiver of `a`.
  doorbell to_writer;  ///< Rings the sender of `a`.
  segment own;         ///< Of the other side, which it writes.
  segment peer;        ///< What `a` writes.
};

inline hand_made make_hand_made(const boost::asio::any_io_executor& executor,
                                const channel_options& options = {4096, 4096}) {
  auto [mine, theirs] = channel::create_pair(executor, options);
  hand_made h{std::move(mine),
              std::move(theirs.lifeline),
              doorbell::from_handle(executor, std::move(theirs.outgoing_bell)),
              doorbell::from_handle(executor, std::move(theirs.incoming_bell)),
              segment::map_own(theirs.own_segment),
              segment::map_peer(theirs.peer_segment)};
  return h;
}

/// Both sides in one process, over the very same mappings: ThreadSanitizer compares addresses.
inline both_sides make_channels_on_shared_mappings(const boost::asio::any_io_executor& executor,
                                                   std::size_t capacity = 4096) {
  auto lines = lifeline::create_pair();
  auto [out, out_end] = doorbell::create_pair(executor);
  auto [in, in_end] = doorbell::create_pair(executor);
  const auto first = std::make_shared<const segment>(segment::map_own(segment_handle::create(capacity)));
  const auto second = std::make_shared<const segment>(segment::map_own(segment_handle::create(capacity)));
  return {channel(std::make_shared<detail::channel_state>(std::move(lines.first), std::move(out), std::move(in), first,
                                                          second)),
          channel(std::make_shared<detail::channel_state>(
              std::move(lines.second), doorbell::from_handle(executor, std::move(in_end)),
              doorbell::from_handle(executor, std::move(out_end)), second, first))};
}

}  // namespace belfry::test

#endif
