// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A plugin that its host does not launch: somebody else starts it, and it walks in. Here that is a shell; what stands in
// the arguments comes before the plugin, so that this has a debugger start it:
//
//     12_walk_in gdb -q -batch -ex run --args

#include <belfry/acceptor.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>

#include <unistd.h>

using namespace std::chrono_literals;

namespace {

std::string quoted(const std::string& text) { return "'" + text + "'"; }

int run(const std::string& debugger) {
  boost::asio::io_context context;

  // The folder is made, for this user alone, and is gone with the socket.
  const auto folder = std::filesystem::temp_directory_path() / ("belfry-walk-in-" + std::to_string(::getpid()));
  belfry::acceptor door(context.get_executor(), folder / "door");

  // What a person would type into another terminal.
  const auto program = std::filesystem::read_symlink("/proc/self/exe").replace_filename("readme_plugin");
  const std::string command = "BELFRY_HOST=" + quoted(door.path()) + " " + debugger + quoted(program) + " >&2";
  int shell_status = 0;
  std::jthread somebody([&] { shell_status = std::system(command.c_str()); });

  belfry::plugin plugin = door.accept_for(60s);
  std::cout << plugin.name() << " walked in\n";
  for (const std::string word : {"hello", "debugger"}) {
    std::string answer;
    plugin.channel().sender().send(boost::asio::buffer(word));
    plugin.channel().receiver().receive_for(60s, boost::asio::dynamic_buffer(answer));
    std::cout << word << " -> " << answer << '\n';
  }

  // It hears the goodbye and ends; `stop` would kill it, were it to stay. How it ended only its parent knows.
  plugin.channel().close();
  plugin.wait_for(60s);
  somebody.join();
  std::cout << "it ended, and " << (shell_status == 0 ? "all was well" : "something was wrong") << " with it\n";
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  std::string debugger;
  for (int i = 1; i < argc; ++i) debugger += quoted(argv[i]) + ' ';
  try {
    return run(debugger);
  } catch (const std::exception& e) {
    std::cerr << "12_walk_in: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
