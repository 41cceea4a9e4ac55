// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_ASYNC_EXIT_HPP
#define BELFRY_SRC_HOST_POSIX_ASYNC_EXIT_HPP

#include "child.hpp"

#include <belfry/detail/deadline.hpp>
#include <belfry/error.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace belfry::detail::posix {

/// Waits until the child has ended and its status is known, and never blocks. Errors: `error::timed_out` at the deadline;
/// `operation_aborted`, by per-operation cancellation of any kind; what the system says.
void async_exit(const boost::asio::any_io_executor&, std::shared_ptr<child>, steady_deadline,
                boost::asio::any_completion_handler<void(error_code)>);

}  // namespace belfry::detail::posix

#endif
