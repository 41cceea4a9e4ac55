// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A plugin that inverts pictures: each message is the bytes of one, and so is its answer. It reads the one where the
// host wrote it, and writes the other where the host will read it.

#include <belfry/guest.hpp>

#include <boost/asio/system_executor.hpp>

#include <algorithm>
#include <cstddef>

int main() {
  auto host = belfry::guest::attach_or_exit(boost::asio::system_executor());
  belfry::error_code ec;
  while (const auto picture = host.receiver().peek(ec)) {
    const auto inverted = host.sender().reserve(picture.size(), ec);
    if (ec) break;
    std::transform(picture.bytes().begin(), picture.bytes().end(), inverted.begin(), [](std::byte b) { return ~b; });
    host.receiver().release();
    host.sender().commit(inverted.size());
  }
}
