// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

int main() {
  boost::asio::io_context context;
  auto host = belfry::guest::attach_or_exit(context.get_executor());
  host.sender().send(boost::asio::buffer("hello from a plugin", 19));
}
