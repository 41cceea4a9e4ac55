// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_RECYCLE_HPP
#define BELFRY_DETAIL_RECYCLE_HPP

#include <belfry/detail/recycling_allocator.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/bind_allocator.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace belfry::detail {

/// Whether memory from `Allocator` belongs to a type-erased handler.
template <class Allocator>
inline constexpr bool is_of_erased_handler = false;
template <class T, class... Signatures>
inline constexpr bool is_of_erased_handler<boost::asio::any_completion_handler_allocator<T, Signatures...>> = true;

/// A handler that is about to be type-erased, with an allocator that keeps memory for the next one if it has none of its
/// own. Asio does so by itself, but not for the operations of async_compose, which claim std::allocator for theirs.
///
/// Nor may one be erased twice with the memory of the first time: Boost 1.81's any_completion_handler destroys what it
/// holds, and then gives its memory back to an allocator that lay in there.
template <class Handler>
auto recycle(Handler&& handler) {
  using allocator = boost::asio::associated_allocator_t<std::decay_t<Handler>>;
  using plain = typename std::allocator_traits<allocator>::template rebind_alloc<char>;
  if constexpr (std::is_same_v<plain, std::allocator<char>> || is_of_erased_handler<plain>) {
    return boost::asio::bind_allocator(recycling_allocator<void>(), std::forward<Handler>(handler));
  } else {
    return std::forward<Handler>(handler);
  }
}

}  // namespace belfry::detail

#endif
