// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A plugin that is taken over and can do nothing. The plugin is taken_over, which an attacker's message makes run the
// attacker's code; that tries to open a file, to make a socket and to start a process, among others. It is launched twice:
// as it is, and confined to what computing takes.

#include <belfry/launcher.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/system_executor.hpp>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

using boost::asio::buffer;
using boost::asio::dynamic_buffer;

namespace {

/// What is missing here, for those who look after tests.
constexpr int left_out = 77;

std::string ask(belfry::channel& channel, const std::string& question) {
  std::string answer;
  channel.sender().send(buffer(question));
  channel.receiver().receive(dynamic_buffer(answer));
  return answer;
}

void talk(const belfry::launch_options& options) {
  belfry::plugin plugin = belfry::launcher(boost::asio::system_executor()).launch(options);
  std::cout << "  a harmless message -> " << ask(plugin.channel(), "egassem sselmrah a") << '\n';
  for (int attempt = 0; attempt != 6; ++attempt) {
    std::cout << "  " << ask(plugin.channel(), "attack " + std::to_string(attempt)) << '\n';
  }
  std::cout << "  it " << plugin.stop(std::chrono::seconds(10)) << '\n';
}

int run() {
  const auto support = belfry::confinement_support::here();
  if (support.landlock_version == 0 || !support.filters) {
    std::cerr << "09_confined: this takes Landlock in the kernel, and a belfry_host with libseccomp\n";
    return left_out;
  }

  belfry::launch_options options;
  options.executable = std::filesystem::read_symlink("/proc/self/exe").replace_filename("taken_over");
  std::cout << "As it is:\n";
  talk(options);

  //[readme
  options.confinement = belfry::confinement_options::pure_compute();
  options.confinement.limits.memory_bytes = 1 << 30;
  //]
  // Where belfry is built as a shared library, the plugin must be able to load it, from the folder of the build.
  options.confinement.files->read_only.push_back(options.executable.parent_path() / "../..");
  std::cout << "Confined:\n";
  talk(options);
  return EXIT_SUCCESS;
}

}  // namespace

int main() {
  try {
    return run();
  } catch (const std::exception& e) {
    std::cerr << "09_confined: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
