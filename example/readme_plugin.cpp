// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// The plugin that the README shows: answers each message with the same in capital letters. Its host is readme_host.

//[readme
#include <belfry/guest.hpp>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/asio/system_executor.hpp>

int main() {
  auto channel = belfry::guest::attach_or_exit(boost::asio::system_executor());
  belfry::error_code ec;
  while (const auto message = channel.receiver().peek(ec)) {
    if (message.kind() == 1) break;  // what `belfry run` sends at the end of its input
    const auto answer = boost::to_upper_copy(std::string(message.text()));
    channel.receiver().release();
    channel.sender().send(boost::asio::buffer(answer), ec);  // if the host is gone, the next peek says so, too
  }
}
//]
