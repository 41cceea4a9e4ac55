// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_FORKED_PEER_HPP
#define BELFRY_TEST_SUPPORT_FORKED_PEER_HPP

#include "child.hpp"

#include <belfry/channel.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <utility>

namespace belfry::test {

/// One side of a channel, and the process that has the other.
struct forked_peer {
  channel mine;
  child process;
};

/// Forks a process that runs `f` with the other side, on an io_context of its own, and leaves with its result.
template <class F>
forked_peer fork_peer(const boost::asio::any_io_executor& executor, const channel_options& options, F f) {
  auto [mine, handle] = channel::create_pair(executor, options);
  child process([&] {
    mine = channel();  // its copies of this side's ends would hide this side's death
    boost::asio::io_context context;
    auto theirs = channel::from_handle(context.get_executor(), std::move(handle));
    return f(theirs);
  });
  return {std::move(mine), std::move(process)};
}

}  // namespace belfry::test

#endif
