// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_RECYCLE_HPP
#define BELFRY_DETAIL_RECYCLE_HPP

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace belfry::detail {

/// A handler that is about to be type-erased, with an allocator that keeps memory for the next one if it has none of its
/// own. Asio does so by itself, but not for the operations of async_compose, which claim std::allocator for theirs.
template <class Handler>
auto recycle(Handler&& handler) {
  using allocator = boost::asio::associated_allocator_t<std::decay_t<Handler>>;
  using plain = typename std::allocator_traits<allocator>::template rebind_alloc<char>;
  if constexpr (std::is_same_v<plain, std::allocator<char>>) {
    return boost::asio::bind_allocator(boost::asio::recycling_allocator<void>(), std::forward<Handler>(handler));
  } else {
    return std::forward<Handler>(handler);
  }
}

}  // namespace belfry::detail

#endif
