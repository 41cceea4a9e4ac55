// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/launcher.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <iostream>
#include <string>

int main() {
  boost::asio::io_context context;
  belfry::launch_options options;
  options.executable = std::filesystem::read_symlink("/proc/self/exe").replace_filename("my_plugin");
  auto plugin = belfry::launcher(context.get_executor()).launch(options);
  std::string text;
  plugin.channel().receiver().receive(boost::asio::dynamic_buffer(text));
  std::cout << text << '\n';
}
