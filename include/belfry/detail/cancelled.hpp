// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_CANCELLED_HPP
#define BELFRY_DETAIL_CANCELLED_HPP

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/cancellation_type.hpp>

namespace belfry::detail {

/// Whether an operation of async_compose was cancelled. To be asked at each step: a cancellation that comes between two of
/// them ends no wait.
template <class Self>
bool was_cancelled(const Self& self) {
  return self.get_cancellation_state().cancelled() != boost::asio::cancellation_type::none;
}

}  // namespace belfry::detail

#endif
