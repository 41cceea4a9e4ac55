// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_USER_BUFFERS_HPP
#define BELFRY_DETAIL_USER_BUFFERS_HPP

#include <belfry/detail/request_op.hpp>
#include <belfry/error.hpp>
#include <belfry/message_view.hpp>

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <functional>
#include <vector>

namespace belfry::detail {

// What a user names in whatever form, in the one form that a compiled body takes.

/// What is to be sent.
using user_buffers = std::vector<boost::asio::const_buffer>;

template <class ConstBufferSequence>
user_buffers all_of(const ConstBufferSequence& buffers) {
  return {boost::asio::buffer_sequence_begin(buffers), boost::asio::buffer_sequence_end(buffers)};
}

/// Copies a message to where the user wants it.
using message_taker = std::function<std::size_t(const message_view&, error_code&)>;

template <class Target>
message_taker into(const Target& target) {
  return [wanted = target](const message_view& message, error_code& ec) mutable {
    return copy_reply(message, wanted, ec);
  };
}

}  // namespace belfry::detail

#endif
