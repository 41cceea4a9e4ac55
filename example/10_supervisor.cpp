// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A plugin that crashes on one message. A supervisor starts it again, gives it again what it had not handled, and sets the
// message aside that it cannot survive; nothing else is lost. The supervisor was given no executor, so each blocking call
// runs it.

#include <belfry/diagnostics.hpp>
#include <belfry/supervisor.hpp>

#include <boost/asio/buffer.hpp>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <string>

using namespace std::chrono_literals;

int main() {
  belfry::set_diagnostics_sink({});  // each death would be on standard output besides

  belfry::launch_options plugin;
  plugin.executable = std::filesystem::read_symlink("/proc/self/exe").replace_filename("touchy");

  belfry::supervisor_options options;
  options.restarts.first_delay = 10ms;
  options.on_event = [](const belfry::supervisor_event& e) {
    if (e.what != belfry::supervisor_event::type::set_aside) return;
    const std::string text(reinterpret_cast<const char*>(e.bytes.data()), e.bytes.size());
    std::cout << "set aside, since " << e.deaths << " plugins died over it: " << text << '\n';
  };

  //[readme
  belfry::supervisor supervisor(plugin, options);
  supervisor.start();
  for (const std::string word : {"ding", "dong", "crack", "boom"}) supervisor.send(boost::asio::buffer(word));
  for (int i = 0; i != 3; ++i) {
    std::string answer;
    supervisor.receive(boost::asio::dynamic_buffer(answer));
    std::cout << answer << '\n';
  }
  supervisor.stop();
  //]

  const auto stats = supervisor.stats();
  std::cout << stats.sent << " messages sent, " << stats.received << " answers, " << stats.failures
            << " plugins died\n";
}
