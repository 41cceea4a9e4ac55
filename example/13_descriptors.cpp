// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A host opens files, and hands them over by name: one when it launches its plugin, others later. The plugin, reader.cpp, is
// confined so that it can open nothing itself.

#include <belfry/launcher.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

using namespace std::chrono_literals;

namespace {

/// A file without a name that holds the text, to be read from its beginning.
class file {
 public:
  explicit file(const std::string& text) : stream_(std::tmpfile(), &std::fclose) {
    if (!stream_ || std::fputs(text.c_str(), stream_.get()) < 0) throw std::runtime_error("no temporary file");
    std::rewind(stream_.get());
  }
  int descriptor() const { return ::fileno(stream_.get()); }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream_;
};

std::string answer_of(belfry::plugin& plugin) {
  std::string text;
  plugin.channel().receiver().receive_for(60s, boost::asio::dynamic_buffer(text));
  return text;
}

int run() {
  boost::asio::io_context context;
  const file input("a bell rings\nnobody is there\n");

  belfry::launch_options options;
  options.executable = std::filesystem::read_symlink("/proc/self/exe").replace_filename("reader");
  options.descriptors = {{"input", input.descriptor()}};  // it stays ours, and the plugin gets one of its own
  if (belfry::confinement_support::here().filters)
    options.confinement.attached_filter = belfry::system_call_filter::pure_compute();
  belfry::plugin plugin = belfry::launcher(context.get_executor()).launch(options);
  std::cout << answer_of(plugin) << '\n';

  for (const std::string text : {"one line\n", "two\nlines\n"}) {
    const file page(text);
    plugin.channel().send_descriptor("page", page.descriptor());
    std::cout << answer_of(plugin) << '\n';
  }
  std::cout << "the plugin " << plugin.stop(60s) << '\n';
  return EXIT_SUCCESS;
}

}  // namespace

int main() {
  try {
    return run();
  } catch (const std::exception& e) {
    std::cerr << "13_descriptors: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
