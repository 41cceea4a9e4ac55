// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_COMPLETION_HPP
#define BELFRY_TEST_SUPPORT_COMPLETION_HPP

#include <belfry/error.hpp>

#include <boost/asio/error.hpp>

#include <cstddef>

namespace belfry::test {

// Of Asio's errors, those that operations here end with.
inline const error_code aborted = make_error_code(boost::asio::error::operation_aborted);
inline const error_code not_open = make_error_code(boost::asio::error::bad_descriptor);
inline const error_code shut_down = make_error_code(boost::asio::error::shut_down);
inline const error_code started = make_error_code(boost::asio::error::already_started);

/// A handler that keeps how its operation ended, in an error_code or an optional one.
template <class Ended>
auto into(Ended& ended) {
  return [&ended](error_code ec, auto&&...) { ended = ec; };
}

/// Remembers what operations completed with, and how many did.
struct result {
  int times = 0;
  error_code ec;
  std::size_t size = 0;

  auto handler() {
    return [this](error_code e, std::size_t s = 0) {
      ++times;
      ec = e;
      size = s;
    };
  }
};

}  // namespace belfry::test

#endif
