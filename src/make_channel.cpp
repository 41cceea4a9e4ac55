// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/detail/channel_state.hpp>
#include <belfry/detail/make_channel.hpp>

namespace belfry::detail {
namespace {

/// Maps both segments, each once.
void map_both(channel_parts& parts, const segment_handle& own, const segment_handle& peer, error_code& ec) {
  auto mine = segment::map_own(own, ec);
  if (ec) return;
  auto theirs = segment::map_peer(peer, ec);
  if (ec) return;
  parts.own = std::make_shared<const segment>(std::move(mine));
  parts.peer = std::make_shared<const segment>(std::move(theirs));
}

}  // namespace

std::pair<channel_parts, channel_handle> make_parts(const boost::asio::any_io_executor& executor,
                                                    const channel_options& options, error_code& ec) {
  channel_parts parts;
  channel_handle handle;

  std::tie(parts.line, handle.lifeline) = lifeline::create_pair(ec);
  if (ec) return {};
  std::tie(parts.outgoing, handle.incoming_bell) = doorbell::create_pair(executor, ec);
  if (ec) return {};
  std::tie(parts.incoming, handle.outgoing_bell) = doorbell::create_pair(executor, ec);
  if (ec) return {};
  handle.peer_segment = segment_handle::create(options.outgoing_capacity, options.outgoing_large, ec);
  if (ec) return {};
  handle.own_segment = segment_handle::create(options.incoming_capacity, options.incoming_large, ec);
  if (ec) return {};
  map_both(parts, handle.peer_segment, handle.own_segment, ec);
  if (ec) return {};
  accept_descriptors(parts, options.incoming_descriptors, ec);
  if (ec) return {};
  // Either side may send a large message before the other one has made a channel of its ends.
  if (options.outgoing_large.bytes != 0) handle.lifeline.accept_memory();
  if (options.incoming_large.bytes != 0) parts.line.accept_memory();
  return {std::move(parts), std::move(handle)};
}

channel_parts parts_from_handle(const boost::asio::any_io_executor& executor, channel_handle&& handle, error_code& ec) {
  channel_parts parts;
  parts.outgoing = doorbell::from_handle(executor, std::move(handle.outgoing_bell), ec);
  if (ec) return {};
  parts.incoming = doorbell::from_handle(executor, std::move(handle.incoming_bell), ec);
  if (ec) return {};
  map_both(parts, handle.own_segment, handle.peer_segment, ec);
  if (ec) return {};
  parts.line = std::move(handle.lifeline);
  // The descriptors of the segments have done their work; the mappings stay.
  handle = {};
  return parts;
}

void accept_descriptors(channel_parts& parts, std::size_t limit, error_code& ec) noexcept {
  ec.clear();
  if (limit > most_descriptors) {
    ec = make_error_code(boost::system::errc::invalid_argument);
    return;
  }
  if (limit == 0) return;
  parts.descriptors = limit;
  parts.line.accept_descriptors();
  // The peer may go by this at once; what it sends waits in the lifeline until there is a channel.
  parts.own->control()->descriptor_credit.store(limit, std::memory_order_release);
}

std::shared_ptr<channel_state> assemble(channel_parts&& parts) {
  const auto state =
      std::make_shared<channel_state>(std::move(parts.line), std::move(parts.outgoing), std::move(parts.incoming),
                                      std::move(parts.own), std::move(parts.peer));
  state->descriptors.accept(parts.descriptors);
  return state;
}

}  // namespace belfry::detail
