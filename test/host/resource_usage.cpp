// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE resource usage
#include "support/mortal.hpp"
#include "support/sanitizer.hpp"

#include <belfry/diagnostics.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <sys/resource.h>

using namespace belfry;
using namespace std::chrono_literals;
using test::mortal;

namespace {

constexpr std::size_t mib = 1 << 20;

plugin that_used(launcher& launch, const char* milliseconds, std::size_t bytes) {
  auto p = launch.launch(mortal({"use", milliseconds, std::to_string(bytes)}));
  BOOST_TEST(test::receive_text(p) == "used");
  return p;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(the_usage_of_a_plugin, test::quiet_launcher)

BOOST_AUTO_TEST_CASE(is_known_while_it_runs_and_when_it_has_ended) {
  auto p = that_used(launch, "50", mib);
  const auto before = p.usage();
  // In hundredths of a second.
  BOOST_TEST((before.user_time >= 40ms));
  BOOST_TEST(before.peak_memory_bytes > mib);
  BOOST_TEST(!before.peak_memory_exact);
  p.channel().close();
  p.wait();
  const auto after = p.usage();
  BOOST_TEST((after.user_time >= 50ms));
  BOOST_TEST(after.peak_memory_bytes >= before.peak_memory_bytes);
  BOOST_TEST((p.usage() == after));
}

BOOST_AUTO_TEST_CASE(has_its_exact_memory_where_that_is_more_than_the_hosts) {
  if (test::left_out()) return;
  rusage own{};
  ::getrusage(RUSAGE_SELF, &own);
  const auto bytes = static_cast<std::size_t>(own.ru_maxrss) * 1024 + 20 * mib;
  auto p = that_used(launch, "1", bytes);
  p.channel().close();
  p.wait();
  BOOST_TEST(p.usage().peak_memory_exact);
  BOOST_TEST(p.usage().peak_memory_bytes > bytes);
  BOOST_TEST(p.usage().peak_memory_bytes < bytes + 50 * mib);
}

BOOST_AUTO_TEST_CASE(never_has_the_hosts_memory_in_it) {
  if (test::left_out()) return;
  const std::vector<char> large(200 * mib, 'x');
  auto p = that_used(launch, "1", 20 * mib);
  BOOST_TEST(p.stop(60s).success());
  BOOST_TEST(!p.usage().peak_memory_exact);
  BOOST_TEST(p.usage().peak_memory_bytes > 20 * mib);
  BOOST_TEST(p.usage().peak_memory_bytes < 100 * mib);
}

BOOST_AUTO_TEST_CASE(stands_in_the_record_of_its_end) {
  std::mutex mutex;
  std::optional<diagnostic> end;
  set_diagnostics_sink([&](const diagnostic& d) {
    const std::lock_guard lock(mutex);
    if (d.kind == event_kind::plugin_exited) end = d;
  });
  {
    auto p = that_used(launch, "50", mib);
    p.stop(60s);
  }
  set_diagnostics_sink({});
  BOOST_TEST_REQUIRE((end && end->usage));
  BOOST_TEST((end->usage->user_time >= 50ms));
  BOOST_TEST(end->usage->peak_memory_bytes > mib);
}

BOOST_AUTO_TEST_SUITE_END()
