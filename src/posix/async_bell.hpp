// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_POSIX_ASYNC_BELL_HPP
#define BELFRY_SRC_POSIX_ASYNC_BELL_HPP

#include <belfry/detail/posix/bell_waiter.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace belfry::detail::posix {

/// The waiter's set as an object of Asio's.
struct bell_waiter::async_part {
  boost::asio::posix::stream_descriptor descriptor;
};

// A template, so that the handler goes to Asio as it is: to erase its type once more would cost an allocation a wait.
template <class Handler>
void bell_waiter::async_wait(Handler&& handler) {
  error_code ec;
  if (async_part* const ready = prepare_async(ec)) {
    ready->descriptor.async_wait(boost::asio::posix::descriptor_base::wait_read, std::forward<Handler>(handler));
  } else {
    boost::asio::post(executor_, boost::asio::append(std::forward<Handler>(handler), ec));
  }
}

}  // namespace belfry::detail::posix

#endif
