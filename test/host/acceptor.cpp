// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE acceptor
#include "support/accepting.hpp"
#include "support/completion.hpp"
#include "support/process.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace belfry;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace fs = std::filesystem;

BOOST_FIXTURE_TEST_SUITE(the_socket, test::acceptor_fixture)

BOOST_AUTO_TEST_CASE(has_its_mode_whatever_the_umask_and_is_gone_in_the_end) {
  for (const mode_t mask : {0000U, 0777U}) {
    const mode_t before = ::umask(mask);
    const auto inner = folder.path / ("made" + std::to_string(mask));
    path = inner / "s";
    {
      auto door = open();
      ::umask(before);
      BOOST_TEST(test::mode_of(path) == 0600u);
      BOOST_TEST(test::mode_of(inner) == 0700u);
    }
    BOOST_TEST(!fs::exists(inner));
  }
  path = folder.path / "s";
  auto door = open();
  door.close();
  BOOST_TEST(!fs::exists(path));
  BOOST_TEST(!door.is_open());
  BOOST_TEST(fs::exists(folder.path));
}

BOOST_AUTO_TEST_CASE(stands_only_in_a_folder_that_is_closed_to_others) {
  for (const mode_t mode : {0755U, 0770U, 0701U}) {
    ::chmod(folder.path.c_str(), mode);
    BOOST_TEST((error_of(path) == error::folder_not_private));
  }
  BOOST_TEST((error_of("/tmp/belfry-test.sock") == error::folder_not_private));
  ::chmod(folder.path.c_str(), 0733);
  acceptor_options options;
  options.users = {1};
  BOOST_TEST((error_of(path, options) == error::folder_not_private));
  ::chmod(folder.path.c_str(), 0700);
  BOOST_TEST(fs::is_empty(folder.path));
}

BOOST_AUTO_TEST_CASE(replaces_that_of_a_dead_host_and_no_other_thing) {
  const int status = test::in_a_child([this] {
    asio::io_context own;
    const acceptor door(own.get_executor(), path);
    ::_exit(0);  // the file stays
    return 1;
  });
  BOOST_TEST(status == 0);
  BOOST_TEST(fs::exists(path));
  {
    auto door = open();
    auto visitor = walk_in(test::echo);
    BOOST_TEST(test::ask(*std::make_unique<plugin>(door.accept()), "alive") == "alive");
    BOOST_TEST((error_of(path) == make_error_condition(boost::system::errc::address_in_use)));
    auto next = walk_in(test::echo);
    BOOST_TEST(test::ask(*std::make_unique<plugin>(door.accept()), "still") == "still");
  }
  BOOST_TEST(!fs::exists(path));
  ::close(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  BOOST_TEST((error_of(path) == make_error_condition(boost::system::errc::address_in_use)));
  BOOST_TEST(fs::is_regular_file(path));
}

BOOST_AUTO_TEST_CASE(that_somebody_else_has_put_in_its_place_is_not_removed) {
  {
    auto door = open();
    fs::remove(path);
    ::close(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  }
  BOOST_TEST(fs::exists(path));
}

BOOST_AUTO_TEST_CASE(of_a_forked_child_is_the_parents) {
  auto door = open();
  BOOST_TEST(test::in_a_child([&door] {
               door = acceptor();
               return 0;
             }) == 0);
  BOOST_TEST(fs::exists(path));
  auto visitor = walk_in(test::echo);
  BOOST_TEST(test::ask(*std::make_unique<plugin>(door.accept()), "hello") == "hello");
}

BOOST_AUTO_TEST_CASE(with_an_impossible_path_is_an_error_that_tells_why) {
  path = folder.path / std::string(200, 'x');
  BOOST_TEST((error_of(path) == make_error_condition(boost::system::errc::filename_too_long)));
  try {
    open();
    BOOST_ERROR("it opened");
  } catch (const system_error& e) {
    BOOST_TEST(std::string(e.what()).find("107") != std::string::npos, e.what());
  }
  const auto invalid = make_error_condition(boost::system::errc::invalid_argument);
  BOOST_TEST((error_of(folder.path / "") == invalid));
  BOOST_TEST((error_of("") == invalid));
  BOOST_TEST((error_of(folder.path / "no" / "folder" / "s") ==
              make_error_condition(boost::system::errc::no_such_file_or_directory)));
  acceptor_options options;
  options.descriptors = {{"no name", 0}};
  BOOST_TEST((error_of(folder.path / "s", options) == invalid));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(a_wait_for_plugins, test::acceptor_fixture)

BOOST_AUTO_TEST_CASE(ends_with_its_time) {
  auto door = open();
  error_code ec;
  BOOST_TEST(!door.accept_for(1ms, ec));
  BOOST_TEST((ec == error::timed_out));
  BOOST_CHECK_THROW(door.accept_for(0ms), system_error);
}

BOOST_AUTO_TEST_CASE(is_cancelled_or_ended_by_a_close) {
  auto door = open();
  using asio::cancellation_type;
  for (const auto kind : {cancellation_type::terminal, cancellation_type::partial, cancellation_type::total}) {
    asio::cancellation_signal signal;
    std::optional<error_code> ended;
    door.async_accept(asio::bind_cancellation_slot(signal.slot(), test::into(ended)));
    poll();
    BOOST_TEST(!ended.has_value());
    signal.emit(kind);
    run();
    BOOST_TEST((ended == test::aborted));
  }
  std::optional<error_code> ended;
  std::optional<error_code> second;
  door.async_accept(test::into(ended));
  door.async_accept(test::into(second));
  poll();
  BOOST_TEST((second == test::started));
  BOOST_TEST(!ended.has_value());
  door.close();
  run();
  BOOST_TEST((ended == test::aborted));
  error_code ec;
  door.accept(ec);
  BOOST_TEST((ec == test::not_open));
}

BOOST_AUTO_TEST_CASE(that_blocks_is_ended_from_another_thread_even_in_a_handshake) {
  auto door = open();
  const int silent = test::connect_to(path);
  std::jthread other([&] {
    // Cancelled again and again, since it may not have begun.
    test::until([&] {
      door.cancel();
      return !known.of(event_kind::handshake_failed).empty();
    });
  });
  error_code ec;
  while (known.of(event_kind::handshake_failed).empty()) door.accept(ec);
  BOOST_TEST((ec == test::aborted));
  ::close(silent);
}

BOOST_AUTO_TEST_SUITE_END()
