// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_ASYNC_REQUEST_HPP
#define BELFRY_DETAIL_ASYNC_REQUEST_HPP

#include <belfry/detail/parked_handler.hpp>
#include <belfry/detail/request_table.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace belfry::detail {

/// A request that waits for its reply asynchronously.
class async_request : public pending_request, public std::enable_shared_from_this<async_request> {
 public:
  using parked = parked_handler<error_code, std::size_t>;
  using handler_type = parked::type;

  explicit async_request(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  /// Whose handler it is; before anything else. False: there was no memory, so it can only be refused.
  bool handler(handler_type h, bool at_home) noexcept {
    return handler_.emplace(std::move(h), executor_, at_home).ready();
  }
  const parked& handler() const noexcept { return *handler_; }

  bool complete(const error_code&) noexcept final;
  bool tell() final;
  /// For a request that nobody else knows of, in a handler of its own: calls its handler.
  void refuse(const error_code& ec) { (*handler_)(ec, 0); }

 protected:
  std::size_t size_ = 0;  // of the reply

 private:
  struct completion;

  void call();

  boost::asio::any_io_executor executor_;
  std::optional<parked> handler_;
  error_code ec_;
};

}  // namespace belfry::detail

#endif
