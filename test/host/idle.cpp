// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE idle hosts and guests
#include "support/launching.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

using namespace belfry;

namespace {

/// Times that the process's threads gave up, or lost, a processor.
long context_switches(int pid) {
  long count = 0;
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;) {
    long n = 0;
    if (word.find("ctxt_switches:") != std::string::npos && status >> n) count += n;
  }
  return count;
}

/// Whether the thread, or the process's first, sleeps.
bool is_asleep(int id) {
  std::ifstream status("/proc/" + std::to_string(id) + "/status");
  for (std::string word; status >> word;) {
    if (word == "State:" && status >> word) return word == "S";
  }
  return false;
}

std::chrono::seconds observed() {
  const char* seconds = std::getenv("BELFRY_IDLE_SECONDS");
  return std::chrono::seconds(seconds ? std::atoi(seconds) : 2);
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_idle_host_with_100_idle_guests_does_nothing) {
  boost::asio::io_context context;
  launcher launch(context.get_executor());
  std::vector<plugin> plugins;
  for (int i = 0; i != 100; ++i) {
    plugins.push_back(launch.launch(test::scripted({"echo"})));
    // Once there and back, so that it is known to have arrived at its wait.
    plugins.back().channel().sender().send(boost::asio::buffer("x", 1));
    test::receive_text(plugins.back());
  }
  int ended = 0;
  for (auto& p : plugins) {
    p.channel().receiver().async_peek([&](const error_code&, const message_view&) { ++ended; });
  }
  std::atomic<int> runner_id{0};
  std::thread runner([&] {
    runner_id = ::gettid();
    context.run();
  });
  while (runner_id == 0) std::this_thread::yield();

  const auto sum = [&] {
    long total = context_switches(runner_id);
    for (const auto& p : plugins) total += context_switches(p.pid());
    return total;
  };
  // Whoever still looks for a message before it sleeps, or has not got the processor for it, is not idle yet.
  const auto wait_until_asleep = [](int id) {
    while (!is_asleep(id)) std::this_thread::yield();
  };
  wait_until_asleep(runner_id);
  for (const auto& p : plugins) wait_until_asleep(p.pid());
  const long before = sum();
  // That nothing happens while time passes is what is tested here, so time must pass.
  std::this_thread::sleep_for(observed());
  const long after = sum();
  // Not one for each guest, by far; a few are the system's.
  BOOST_TEST(after - before < 20);

  for (auto& p : plugins) p.kill();
  runner.join();
  BOOST_TEST(ended == 100);
}
