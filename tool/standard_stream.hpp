// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TOOL_STANDARD_STREAM_HPP
#define BELFRY_TOOL_STANDARD_STREAM_HPP

#include <belfry/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace belfry::tool {

/// Standard input or output in coroutines, whatever it is: pipe, terminal, socket or file.
///
/// It is never made non-blocking, since other processes share that property of it. Instead it is read or written when
/// it is ready. Files cannot be waited for and need not be.
class standard_stream {
 public:
  /// `fd` stays open when this object is destroyed.
  standard_stream(const boost::asio::any_io_executor&, int fd);

  /// Returns 0 at the end. Lets other coroutines run, also if bytes are there.
  boost::asio::awaitable<std::size_t> read_some(std::span<char> target, error_code& ec);

  /// Writes all. Lets other coroutines run.
  boost::asio::awaitable<void> write(std::string_view text, error_code& ec);

  /// Ends what is pending, and all that is started later, with `operation_aborted`.
  void cancel() noexcept;

 private:
  boost::asio::awaitable<void> wait(boost::asio::posix::descriptor_base::wait_type, error_code& ec);

  boost::asio::posix::stream_descriptor descriptor_;
  bool is_file_ = false;
  bool cancelled_ = false;
};

/// Opens what stands for 0, 1 and 2 where the parent has left them closed, so that no other descriptor takes their
/// place. Reading the one and writing the others still fails.
void keep_standard_numbers() noexcept;

}  // namespace belfry::tool

#endif
