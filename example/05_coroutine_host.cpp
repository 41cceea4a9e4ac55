// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// Two plugins at once, in one thread: each conversation is a pair of coroutines, one that sends and one that receives.
// So a full ring, or a plugin that takes its time, keeps nobody else waiting.

#include <belfry/launcher.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

namespace {

constexpr std::uint16_t end_of_input = 1;

belfry::plugin launch(belfry::launcher& launcher, const char* name) {
  belfry::launch_options options;
  options.executable = std::filesystem::read_symlink("/proc/self/exe").replace_filename(name);
  return launcher.launch(options);
}

asio::awaitable<void> send_all(belfry::sender& sender, const std::vector<std::string>& lines) {
  for (const auto& line : lines) co_await sender.async_send(asio::buffer(line), asio::use_awaitable);
  co_await sender.async_send(asio::const_buffer(), end_of_input, asio::use_awaitable);
}

/// Receives until the plugin says goodbye; every other end is thrown.
asio::awaitable<std::vector<std::string>> receive_all(belfry::receiver& receiver) {
  std::vector<std::string> answers;
  for (;;) {
    std::string answer;
    belfry::error_code ec;
    co_await receiver.async_receive(asio::dynamic_buffer(answer), asio::redirect_error(asio::use_awaitable, ec));
    if (ec == belfry::error::closed) co_return answers;
    if (ec) throw belfry::system_error(ec);
    answers.push_back(std::move(answer));
  }
}

//[readme
/// One conversation. Both halves run until both are through; if one fails, the other is cancelled.
asio::awaitable<std::vector<std::string>> talk(belfry::channel& channel, const std::vector<std::string>& lines) {
  asio::steady_timer limit(channel.get_executor(), std::chrono::minutes(1));
  auto result = co_await ((receive_all(channel.receiver()) && send_all(channel.sender(), lines)) ||
                          limit.async_wait(asio::use_awaitable));
  if (result.index() == 1) throw belfry::system_error(belfry::error::timed_out);
  co_return std::get<0>(std::move(result));
}
//]

asio::awaitable<void> run(belfry::plugin& counter, belfry::plugin& shouter) {
  // Far more than the rings hold: the sender will have to wait for room many times.
  std::vector<std::string> many;
  for (int i = 0; i != 20'000; ++i) many.push_back("line " + std::to_string(i));
  const std::vector<std::string> few{"two plugins", "one thread"};

  const auto [counted, shouted] = co_await (talk(counter.channel(), many) && talk(shouter.channel(), few));
  std::cout << counted.size() << " answers, the last one: " << counted.back() << '\n';
  for (const auto& answer : shouted) std::cout << answer << '\n';

  const auto [first, second] =
      co_await (counter.async_wait_exit(asio::use_awaitable) && shouter.async_wait_exit(asio::use_awaitable));
  std::cout << "one " << first << ", the other " << second << '\n';
}

}  // namespace

int main() {
  try {
    asio::io_context context;
    belfry::launcher launcher(context.get_executor());
    auto counter = launch(launcher, "word_count");
    auto shouter = launch(launcher, "readme_plugin");

    std::exception_ptr failure;
    co_spawn(context, run(counter, shouter), [&](std::exception_ptr e) { failure = e; });
    context.run();
    if (failure) std::rethrow_exception(failure);
    return EXIT_SUCCESS;
  } catch (const std::exception& e) {
    std::cerr << "05_coroutine_host: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
