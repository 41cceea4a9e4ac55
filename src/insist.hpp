// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_INSIST_HPP
#define BELFRY_SRC_INSIST_HPP

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/bad_executor.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <new>
#include <thread>
#include <utility>

namespace belfry::detail {

/// Posts. False: there was no memory for that. Asio says so with `bad_executor` where it wanted to copy one.
template <class Function>
bool attempt_post(const boost::asio::any_io_executor& executor, Function&& function) {
  try {
    boost::asio::post(executor, std::forward<Function>(function));
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  } catch (const boost::asio::execution::bad_executor&) {
    return false;
  }
}

/// Calls `attempt` until it returns true: for the little that must happen, or somebody would wait for ever, whatever the
/// memory. Nobody could be told that it fails.
template <class Attempt>
void insist(Attempt attempt) {
  constexpr std::chrono::milliseconds pause(1);
  while (!attempt()) std::this_thread::sleep_for(pause);
}

}  // namespace belfry::detail

#endif
