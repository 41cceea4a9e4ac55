// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_MESSAGE_INFO_HPP
#define BELFRY_MESSAGE_INFO_HPP

#include <belfry/message_view.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace belfry {

/// What a message is besides its bytes.
struct message_info {
  std::uint16_t kind = 0;                 ///< What the sender gave with it, for the user's own meaning.
  request_id request = request_id::none;  ///< What `channel::reply` needs if it is a request. A reply is none.
};

/// What `with_info` makes.
template <class Target>
struct target_with_info {
  Target target;       ///< Takes the bytes.
  message_info* info;  ///< Is told the rest. Not null.
};

/// A target that takes the bytes of a message or a reply as `target` does, and tells `info` what else belongs to it. For
/// whatever copies to a target: `receiver::receive`, `channel::request`, and all their forms; those of a supervisor and a
/// pool, too.
///
///     message_info info;
///     receiver.receive(with_info(boost::asio::dynamic_buffer(text), info));
///
/// `info` is set when the bytes are copied; after an error, or where a `try_` form finds nothing, it is as it was.
///
/// Object lifetime: refers to `info`, which must stay valid as long as what `target` refers to: for an asynchronous
/// operation until completion.
template <class Target>
target_with_info<std::decay_t<Target>> with_info(Target&& target, message_info& info) {
  return {std::forward<Target>(target), &info};
}

}  // namespace belfry

#endif
