// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A pool of plugins shares requests. It begins with one, has up to four as long as there is enough to do, and gives a
// request whose plugin dies to another; see also the option `most_deaths`.

#include <belfry/plugin_pool.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <filesystem>
#include <iostream>
#include <string>

namespace asio = boost::asio;

int main() {
  asio::io_context context;
  belfry::launch_options plugin;
  plugin.executable = std::filesystem::read_symlink("/proc/self/exe").replace_filename("squares");
  belfry::pool_options options;
  options.maximum = 4;
  //[readme
  belfry::plugin_pool pool(context.get_executor(), plugin, options);
  //]

  int under_way = 1000;
  long sum = 0;
  for (int i = 1; i <= 1000; ++i) {
    asio::co_spawn(
        context,
        [&, question = std::to_string(i)]() -> asio::awaitable<void> {
          std::string answer;
          co_await pool.async_request(asio::buffer(question), 0, asio::dynamic_buffer(answer), asio::use_awaitable);
          sum += std::stol(answer);
          if (--under_way == 0) pool.async_stop(asio::detached);  // then nothing is left to run
        },
        asio::detached);
  }
  context.run();
  std::cout << "the squares of 1 to 1000 add up to " << sum << '\n';
  std::cout << pool.stats().answered << " requests answered\n";
}
