// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_ASYNC_REQUEST_HPP
#define BELFRY_DETAIL_ASYNC_REQUEST_HPP

#include <belfry/detail/request_table.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <utility>

namespace belfry::detail {

/// A request that waits for its reply asynchronously.
class async_request : public pending_request {
 public:
  using handler_type = boost::asio::any_completion_handler<void(error_code, std::size_t)>;

  async_request(boost::asio::any_io_executor executor, handler_type handler)
      : executor_(std::move(executor)), handler_(std::move(handler)) {}

  void complete(error_code ec, std::size_t size) final;

  const handler_type& handler() const noexcept { return handler_; }

 private:
  boost::asio::any_io_executor executor_;
  handler_type handler_;
};

}  // namespace belfry::detail

#endif
