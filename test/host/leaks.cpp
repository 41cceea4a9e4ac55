// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE leaks
#include "support/launching.hpp"
#include "support/process.hpp"

#include <belfry/diagnostics.hpp>

#include <boost/test/unit_test.hpp>

using namespace belfry;
using test::scripted;

namespace {

/// Launches that end in different ways, and some that fail.
void launch_one(launcher& launch, int i) {
  error_code ec;
  switch (i % 5) {
    case 0: {  // a goodbye
      auto p = launch.launch(scripted({"echo"}));
      p.channel().sender().send(boost::asio::buffer("x", 1));
      test::receive_text(p);
      break;
    }
    case 1: {  // killed by its destructor's host
      auto p = launch.launch(scripted({"echo"}));
      p.kill();
      break;
    }
    case 2: {  // dies by itself, with messages unread
      auto p = launch.launch(scripted({"say", "2", "abort"}));
      p.channel().receiver().peek(ec);
      break;
    }
    case 3: launch.launch(scripted({"fail", "1"}), ec); break;
    case 4: {
      auto missing = scripted({});
      missing.executable = "/nonexistent/plugin";
      launch.launch(missing, ec);
      break;
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(after_500_launches_no_process_no_descriptor_and_no_mapping_is_left) {
  set_diagnostics_sink({});
  boost::asio::io_context context;
  launcher launch(context.get_executor());
  for (int i = 0; i != 5; ++i) launch_one(launch, i);

  const auto descriptors = test::open_descriptors();
  const auto segments = test::mappings("memfd");
  BOOST_TEST(segments == 0);
  [[maybe_unused]] const auto all_mappings = test::mappings("");
  for (int i = 0; i != 500; ++i) launch_one(launch, i);
  BOOST_TEST(test::open_descriptors() == descriptors);
  BOOST_TEST(test::mappings("memfd") == segments);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // The stacks on which the programs were started, for instance. The sanitizers map memory of their own now and then.
  BOOST_TEST(test::mappings("") <= all_mappings);
#endif
  BOOST_TEST(!test::has_children());
}
