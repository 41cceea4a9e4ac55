// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE descriptors of plugins
#include "support/child.hpp"
#include "support/launching.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

using namespace belfry;
using test::scripted;

namespace {

/// Standard streams, the five ends of the channel, and two by which it hangs on its host.
const std::string expected = "0 1 2 3 4 5 6 7 8 9";

std::string descriptors_of_a_plugin(std::string* after_attaching = nullptr) {
  boost::asio::io_context context;
  auto p = launcher(context.get_executor()).launch(scripted({"descriptors"}));
  const auto listed = test::receive_text(p);
  const auto kept = test::receive_text(p);
  if (after_attaching) *after_attaching = kept;
  return listed;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_plugin_has_its_standard_streams_and_its_ends_and_nothing_else)

BOOST_AUTO_TEST_CASE(and_passes_none_of_its_ends_on) {
  std::string kept;
  BOOST_TEST(descriptors_of_a_plugin(&kept) == expected);
  BOOST_TEST(kept == "close-on-exec");
}

BOOST_AUTO_TEST_CASE(though_the_host_has_others_open_close_on_exec_or_not) {
  std::vector<int> others;
  for (int i = 0; i != 20; ++i) others.push_back(::open("/dev/null", O_RDONLY | (i % 2 ? O_CLOEXEC : 0)));
  others.push_back(::fcntl(others[0], F_DUPFD, 500));
  BOOST_TEST(descriptors_of_a_plugin() == expected);
  for (const int fd : others) ::close(fd);
}

BOOST_AUTO_TEST_CASE(though_the_host_lacks_some_of_the_standard_streams) {
  for (const int missing : {0, 1, 2}) {
    const int status = test::in_a_child([&] {
      ::close(missing);
      return descriptors_of_a_plugin() == expected ? 0 : 1;
    });
    BOOST_TEST(status == 0, "without descriptor " << missing);
  }
  const int status = test::in_a_child([] {
    for (int fd = 0; fd != 3; ++fd) ::close(fd);
    return descriptors_of_a_plugin() == expected ? 0 : 1;
  });
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(though_the_host_uses_the_numbers_of_the_ends_itself) {
  const int status = test::in_a_child([] {
    // All close-on-exec or not, before anything of the library's is opened.
    for (int fd = 3; fd != 12; ++fd) {
      const int file = ::open("/dev/null", O_RDONLY);
      ::dup3(file, fd, fd % 2 ? O_CLOEXEC : 0);
      if (file > 11) ::close(file);
    }
    return descriptors_of_a_plugin() == expected ? 0 : 1;
  });
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(and_nothing_in_the_place_of_a_standard_stream_that_the_host_lacks) {
  for (const int missing : {1, 2}) {
    const int status = test::in_a_child([&] {
      boost::asio::io_context context;
      // From here on the number goes to what is opened next, which is the host's end of the lifeline.
      ::close(missing);
      auto p = launcher(context.get_executor()).launch(scripted({"stream", std::to_string(missing)}));
      return test::receive_text(p) == "/dev/null" ? 0 : 1;
    });
    BOOST_TEST(status == 0, "without descriptor " << missing);
  }
}

BOOST_AUTO_TEST_CASE(but_those_that_were_named_for_it) {
  const int others[] = {::open("/dev/null", O_RDONLY), ::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  boost::asio::io_context context;
  auto options = scripted({"descriptors"});
  options.descriptors = {{"one", others[0]}, {"two", others[1]}, {"input", 0}};
  auto p = launcher(context.get_executor()).launch(options);
  BOOST_TEST(test::receive_text(p) == expected + " 10 11 12");
  for (const int fd : others) ::close(fd);
}

BOOST_AUTO_TEST_CASE(though_several_threads_launch_at_once) {
  constexpr int launches = 10;
  std::vector<std::string> listed[4];
  std::vector<std::thread> threads;
  for (auto& mine : listed) {
    threads.emplace_back([&mine] {
      for (int i = 0; i != launches; ++i) mine.push_back(descriptors_of_a_plugin());
    });
  }
  for (auto& t : threads) t.join();
  for (const auto& mine : listed) {
    for (const auto& text : mine) BOOST_TEST(text == expected);
  }
}

BOOST_AUTO_TEST_SUITE_END()
