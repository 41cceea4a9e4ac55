// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "posix/socket_pair.hpp"

#include <belfry/doorbell_handle.hpp>

#include <boost/throw_exception.hpp>

#include <fcntl.h>

namespace belfry {

std::string doorbell_handle::to_arg() const { return std::to_string(native_handle()); }

doorbell_handle doorbell_handle::from_arg(std::string_view text, error_code& ec) {
  const int fd = detail::posix::parse_descriptor(text, ec);
  if (ec) return {};
  if (::fcntl(fd, F_GETFD) < 0) {
    ec = error::handle_not_open;
    return {};
  }
  return doorbell_handle(fd);
}

doorbell_handle doorbell_handle::from_arg(std::string_view text) {
  error_code ec;
  auto handle = from_arg(text, ec);
  if (ec) boost::throw_exception(system_error(ec, "belfry: doorbell_handle::from_arg"));
  return handle;
}

}  // namespace belfry
