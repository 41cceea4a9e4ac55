// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_MAKE_CHANNEL_HPP
#define BELFRY_DETAIL_MAKE_CHANNEL_HPP

#include <belfry/channel.hpp>
#include <belfry/doorbell.hpp>
#include <belfry/lifeline.hpp>
#include <belfry/segment.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace belfry::detail {

/// One side of a channel before it is one: the two sides may still have to come to terms over the lifeline.
struct channel_parts {
  lifeline line;
  doorbell outgoing;
  doorbell incoming;
  std::shared_ptr<const segment> own;
  std::shared_ptr<const segment> peer;
  std::size_t descriptors = 0;  ///< So many of the peer's may wait here.
};

/// Lets so many descriptors of the peer's wait here, before it can know of the channel. Errors: `invalid_argument`.
void accept_descriptors(channel_parts&, std::size_t limit, error_code& ec) noexcept;

/// Makes both sides; the first is the caller's.
std::pair<channel_parts, channel_handle> make_parts(const boost::asio::any_io_executor&, const channel_options&,
                                                    error_code& ec);

/// Takes up the side in `handle`.
channel_parts parts_from_handle(const boost::asio::any_io_executor&, channel_handle&& handle, error_code& ec);

std::shared_ptr<channel_state> assemble(channel_parts&&);

}  // namespace belfry::detail

#endif
