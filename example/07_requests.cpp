// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// Requests: a hundred coroutines ask one plugin, all at the same time, and each gets the answer to its own question,
// in whatever order the plugin answers. A request that is never answered ends with its time limit, or with the plugin. By
// the kind of a reply this plugin tells whether it is an answer.

#include <belfry/launcher.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;

//[readme
asio::awaitable<std::string> ask(belfry::channel& plugin, std::string question) {
  std::string answer;
  asio::steady_timer limit(plugin.get_executor(), 1min);
  auto result =
      co_await (plugin.async_request(asio::buffer(question), 0, asio::dynamic_buffer(answer), asio::use_awaitable) ||
                limit.async_wait(asio::use_awaitable));
  if (result.index() == 1) throw belfry::system_error(belfry::error::timed_out);
  co_return answer;
}
//]

int main() {
  asio::io_context context;
  belfry::launch_options options;
  options.executable = std::filesystem::read_symlink("/proc/self/exe").replace_filename("squares");
  belfry::plugin plugin = belfry::launcher(context.get_executor()).launch(options);

  int under_way = 100;
  long sum = 0;
  for (int i = 1; i <= 100; ++i) {
    asio::co_spawn(
        context,
        [&, i]() -> asio::awaitable<void> {
          sum += std::stol(co_await ask(plugin.channel(), std::to_string(i)));
          if (--under_way == 0) context.stop();
        },
        asio::detached);
  }
  context.run();
  std::cout << "the squares of 1 to 100 add up to " << sum << '\n';

  for (const std::string question : {"12", "a dozen"}) {
    std::string answer;
    belfry::message_info about;
    plugin.channel().request(asio::buffer(question), 0, belfry::with_info(asio::dynamic_buffer(answer), about));
    std::cout << "one more, blocking: " << (about.kind == 1 ? "refused, " : "") << answer << '\n';
  }
  std::cout << "the plugin " << plugin.stop(5s) << '\n';
}
