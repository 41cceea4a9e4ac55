// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A plugin dies, and its host goes on: what it had sent still arrives, then the wait ends, and one record of the death
// goes to Boost.Log, with the reason. The plugin is crash_half_way, which answers twenty messages and aborts.

#include <belfry/launcher.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/log/expressions.hpp>
#include <boost/log/trivial.hpp>
#include <boost/log/utility/setup/console.hpp>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

using boost::asio::buffer;
using boost::asio::dynamic_buffer;

namespace {

/// A program that sets up no sink of Boost.Log finds the records on standard output, with the time and all. This one
/// wants them on a stream of its choice, in a form of its own, and only those that matter.
void set_up_log() {
  //[readme
  namespace expressions = boost::log::expressions;
  namespace keywords = boost::log::keywords;
  boost::log::add_console_log(std::cout, keywords::filter = boost::log::trivial::severity >= boost::log::trivial::error,
                              keywords::format = expressions::stream << expressions::attr<std::string>("Channel")
                                                                     << ": " << expressions::attr<std::string>("Event")
                                                                     << ", " << expressions::attr<std::string>("Peer")
                                                                     << ", "
                                                                     << expressions::attr<std::string>("SignalName"));
  //]
}

int run() {
  belfry::launch_options options;
  options.executable = std::filesystem::read_symlink("/proc/self/exe").replace_filename("crash_half_way");
  belfry::plugin plugin = belfry::launcher(boost::asio::system_executor()).launch(options);
  belfry::channel& channel = plugin.channel();

  for (int i = 0; i != 21; ++i) channel.sender().send(buffer("question " + std::to_string(i + 1)));

  belfry::error_code ec;
  std::string answer;
  int answers = 0;
  for (;; ++answers) {
    answer.clear();  // receiving appends
    channel.receiver().receive(dynamic_buffer(answer), ec);
    if (ec) break;
  }
  std::cout << answers << " answers came, then: " << ec.message() << '\n';
  std::cout << "the plugin was " << plugin.wait() << '\n';

  // The rings still hold what was said last.
  const belfry::autopsy autopsy = plugin.autopsy();
  std::cout << "its last words: " << autopsy.from_plugin.last.back().first_bytes << '\n';
  std::cout << "the last it took: " << autopsy.to_plugin.last.back().first_bytes << '\n';

  // All else ends at once, too.
  channel.sender().send(buffer("are you there?", 14), ec);
  std::cout << "sending: " << ec.message() << '\n';
  return ec == belfry::error::peer_dead ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main() {
  try {
    set_up_log();
    return run();
  } catch (const std::exception& e) {
    std::cerr << "06_death: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
