// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE autopsies of plugins that walk in
#include "support/accepting.hpp"

#include <belfry/autopsy.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>

#include <unistd.h>

using namespace belfry;

BOOST_FIXTURE_TEST_SUITE(an_autopsy_of_a_plugin_that_walked_in, test::acceptor_fixture)

BOOST_AUTO_TEST_CASE(is_written_if_it_died_and_shows_what_it_was_reading) {
  acceptor_options options;
  options.autopsy.folder = folder.path;
  auto door = open(options);
  auto visitor = walk_in([](channel& host) {
    error_code ec;
    host.receiver().peek(ec);
    ::kill(::getpid(), SIGKILL);
    return 0;
  });
  auto p = door.accept();
  p.channel().sender().send(boost::asio::buffer("the last straw", 14));
  error_code ec;
  std::string text;
  p.channel().receiver().receive(boost::asio::dynamic_buffer(text), ec);
  BOOST_TEST((ec == error::peer_dead));
  visitor.wait();
  p.wait();
  const auto a = read_autopsy(p.autopsy_file());
  BOOST_TEST(a.name == "visitor");
  BOOST_TEST(a.pid == p.pid());
  BOOST_TEST(a.reason == "died");
  BOOST_TEST(a.options.at("start") == "it walked in at " + path.native());
  BOOST_TEST(!a.usage);
  BOOST_TEST_REQUIRE(a.to_plugin.last.size() == 1u);
  BOOST_TEST(a.to_plugin.last.front().first_bytes == "the last straw");
  BOOST_TEST(!a.to_plugin.last.front().released);
}

BOOST_AUTO_TEST_CASE(is_not_written_if_it_said_goodbye) {
  acceptor_options options;
  options.autopsy.folder = folder.path;
  auto door = open(options);
  auto visitor = walk_in([](channel& host) {
    host.close();
    return 0;
  });
  auto p = door.accept();
  error_code ec;
  std::string text;
  p.channel().receiver().receive(boost::asio::dynamic_buffer(text), ec);
  BOOST_TEST((ec == error::closed));
  visitor.wait();
  p.wait();
  BOOST_TEST(p.autopsy_file().empty());
}

BOOST_AUTO_TEST_CASE(that_is_to_hold_too_much_is_an_error) {
  acceptor_options options;
  options.autopsy.messages = 1000;
  BOOST_TEST((error_of(path, options) == boost::system::errc::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()
