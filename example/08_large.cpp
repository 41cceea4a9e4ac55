// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// Messages larger than the ring: pictures of 6 megabytes go to a plugin and back, and nobody copies them. Memory is
// shared as it is needed, up to what the host allows for each direction, and used again.

#include <belfry/launcher.hpp>

#include <boost/asio/system_executor.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iostream>

using namespace std::chrono_literals;

int main() {
  belfry::launch_options options;
  options.executable = std::filesystem::read_symlink("/proc/self/exe").replace_filename("invert");
  //[readme
  options.channel.outgoing_large.bytes = 64 << 20;
  options.channel.incoming_large.bytes = 64 << 20;
  //]
  belfry::plugin plugin = belfry::launcher(boost::asio::system_executor()).launch(options);
  auto& channel = plugin.channel();
  std::cout << "a message can have " << channel.sender().max_message_size() << " bytes\n";

  constexpr std::size_t size = std::size_t{1920} * 1080 * 3;
  std::size_t right = 0;
  for (int i = 0; i != 10; ++i) {
    const auto shade = static_cast<std::byte>(i);
    const auto picture = channel.sender().reserve(size);
    std::fill(picture.begin(), picture.end(), shade);
    channel.sender().commit(size);

    const auto inverted = channel.receiver().peek();
    if (inverted.size() == size &&
        std::all_of(inverted.bytes().begin(), inverted.bytes().end(), [&](std::byte b) { return b == ~shade; }))
      ++right;
    channel.receiver().release();
  }
  const auto stats = channel.stats();
  std::cout << right << " of 10 pictures came back inverted\n"
            << stats.sent.bytes << " bytes were sent through " << stats.regions << " region of memory\n"
            << "the plugin " << plugin.stop(5s) << '\n';
}
