// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_INITIATION_HPP
#define BELFRY_DETAIL_INITIATION_HPP

#include <belfry/detail/parked_handler.hpp>
#include <belfry/detail/recycle.hpp>

#include <boost/asio/associated_executor.hpp>

#include <utility>

namespace belfry::detail {

/// Starts an asynchronous operation by handing the completion handler, type-erased, to a compiled member function.
/// It has get_executor(), so that lazy tokens and adapters learn where the operation will complete.
template <class Object, auto Start>
struct initiation {
  Object* object;

  using executor_type = typename Object::executor_type;
  executor_type get_executor() const noexcept { return object->get_executor(); }

  template <class Handler, class... Args>
  void operator()(Handler&& handler, Args&&... args) const {
    (object->*Start)(recycle(std::forward<Handler>(handler)), std::forward<Args>(args)...);
  }
};

/// The same for a member function that is also told whether the handler's executor is the object's.
template <class Object, auto Start>
struct initiation_at_home {
  Object* object;

  using executor_type = typename Object::executor_type;
  executor_type get_executor() const noexcept { return object->get_executor(); }

  template <class Handler, class... Args>
  void operator()(Handler&& handler, Args&&... args) const {
    const auto own = object->get_executor();
    const bool at_home = is_same_executor(boost::asio::get_associated_executor(handler, own), own);
    (object->*Start)(recycle(std::forward<Handler>(handler)), at_home, std::forward<Args>(args)...);
  }
};

}  // namespace belfry::detail

#endif
