// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "standard_stream.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <unistd.h>

namespace belfry::tool {
namespace {

namespace asio = boost::asio;
using asio::posix::descriptor_base;

error_code last_error() noexcept { return {errno, boost::system::system_category()}; }

bool worth_another_try(const error_code& ec) noexcept {
  return ec == asio::error::interrupted || ec == asio::error::would_block || ec == asio::error::try_again;
}

}  // namespace

standard_stream::standard_stream(const asio::any_io_executor& executor, int fd) : descriptor_(executor) {
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) throw system_error(last_error(), "belfry: cannot use a standard stream");
  descriptor_.assign(copy);
}

asio::awaitable<void> standard_stream::wait(descriptor_base::wait_type what, error_code& ec) {
  ec.clear();
  if (cancelled_) {
    ec = asio::error::operation_aborted;
    co_return;
  }
  co_await descriptor_.async_wait(what, asio::redirect_error(asio::use_awaitable, ec));
  // A file is always ready. Asking has let the others run all the same.
  is_file_ = ec == asio::error::operation_not_supported;
  if (is_file_) ec.clear();
  if (cancelled_) ec = asio::error::operation_aborted;
}

asio::awaitable<std::size_t> standard_stream::read_some(std::span<char> target, error_code& ec) {
  for (;;) {
    co_await wait(descriptor_base::wait_read, ec);
    if (ec) co_return 0;
    const ssize_t size = ::read(descriptor_.native_handle(), target.data(), target.size());
    if (size >= 0) co_return static_cast<std::size_t>(size);
    ec = last_error();
    if (!worth_another_try(ec)) co_return 0;
  }
}

asio::awaitable<void> standard_stream::write(std::string_view text, error_code& ec) {
  while (!text.empty()) {
    co_await wait(descriptor_base::wait_write, ec);
    if (ec) co_return;
    // A pipe that is ready takes this much without blocking.
    const std::size_t at_once = is_file_ ? text.size() : std::min<std::size_t>(text.size(), PIPE_BUF);
    const ssize_t size = ::write(descriptor_.native_handle(), text.data(), at_once);
    if (size >= 0) {
      text.remove_prefix(static_cast<std::size_t>(size));
      continue;
    }
    ec = last_error();
    if (!worth_another_try(ec)) co_return;
    ec.clear();
  }
}

void standard_stream::cancel() noexcept {
  cancelled_ = true;
  error_code ignored;
  descriptor_.cancel(ignored);
}

void keep_standard_numbers() noexcept {
  for (int fd = 0; fd != 3; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest free number is this one. Opened the wrong way round, so that a use of it still fails.
    const int opened = ::open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
    static_cast<void>(opened);
  }
}

}  // namespace belfry::tool
