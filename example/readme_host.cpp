// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// The host that the README shows: launches readme_plugin, which stands beside it, and talks to it.

//[readme
#include <belfry/launcher.hpp>

#include <boost/asio/system_executor.hpp>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <string>

using namespace std::chrono_literals;

int main() {
  belfry::launch_options options;
  options.executable = std::filesystem::read_symlink("/proc/self/exe").replace_filename("readme_plugin");
  belfry::plugin plugin = belfry::launcher(boost::asio::system_executor()).launch(options);
  for (const std::string word : {"hello", "plugin"}) {
    belfry::error_code ec;  // without it, these calls throw
    std::string answer;
    plugin.channel().sender().send(boost::asio::buffer(word), ec);
    if (!ec) plugin.channel().receiver().receive_for(5s, boost::asio::dynamic_buffer(answer), ec);
    std::cout << word << " -> " << (ec ? ec.message() : answer) << '\n';
  }
  std::cout << "the plugin " << plugin.stop(5s) << '\n';
}
//]
