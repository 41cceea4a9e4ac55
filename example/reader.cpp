// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A plugin that counts the lines of what its host has opened for it. 13_descriptors launches it.

#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/system_executor.hpp>

#include <algorithm>
#include <string>

#include <unistd.h>

namespace {

std::string count(const belfry::passed_descriptor& file) {
  long lines = 0;
  char bytes[4096];
  for (ssize_t n = 0; (n = ::read(file.native_handle(), bytes, sizeof bytes)) > 0;)
    lines += std::count(bytes, bytes + n, '\n');
  return file.name() + ": " + std::to_string(lines) + " lines";
}

}  // namespace

int main() {
  belfry::guest::attach_options options;
  options.descriptors = 1;  // so many may wait here until they are received
  auto host = belfry::guest::attach_or_exit(boost::asio::system_executor(), options);
  host.sender().send(boost::asio::buffer(count(belfry::guest::descriptor("input"))));

  belfry::error_code ec;
  for (;;) {
    const belfry::passed_descriptor page = host.receive_descriptor(ec);
    if (ec) break;
    host.sender().send(boost::asio::buffer(count(page)), ec);
  }
}
