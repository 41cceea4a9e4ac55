// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/channel_handle.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include <fcntl.h>

#define BOOST_TEST_MODULE handle_text
#include "support/pattern.hpp"
#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

using belfry::channel;
using belfry::channel_handle;
using belfry::error;
using belfry::error_code;
namespace test = belfry::test;

namespace {

struct fixture {
  fixture() { std::tie(mine, handle) = channel::create_pair(context.get_executor()); }

  std::vector<int> descriptors() const {
    return {handle.lifeline.native_handle(), handle.outgoing_bell.native_handle(), handle.incoming_bell.native_handle(),
            handle.own_segment.native_handle(), handle.peer_segment.native_handle()};
  }
  static std::string text_of(const std::vector<int>& fds) {
    const char* const names[] = {"lifeline", "out", "in", "own", "peer"};
    std::string text = "1";
    for (std::size_t i = 0; i != 5; ++i) text += std::string(",") + names[i] + "=" + std::to_string(fds[i]);
    return text;
  }
  /// What `text` is refused with; no descriptor is closed by that.
  error_code refusal_of(const std::string& text) const {
    error_code ec;
    const auto result = channel_handle::from_text(text, ec);
    BOOST_TEST(!result.lifeline);
    BOOST_TEST(!result.own_segment);
    for (const int fd : descriptors()) BOOST_TEST(test::is_open(fd));
    return ec;
  }

  boost::asio::io_context context;
  channel mine;
  channel_handle handle;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(the_ends_go_through_text_and_back_and_make_a_channel, fixture) {
  const auto fds = descriptors();
  const std::string text = handle.to_text();
  BOOST_TEST(text == text_of(fds));
  handle.lifeline.release();
  handle.outgoing_bell.release();
  handle.incoming_bell.release();
  handle.own_segment.release();
  handle.peer_segment.release();
  for (const int fd : fds) ::fcntl(fd, F_SETFD, 0);
  auto again = channel_handle::from_text(text);
  for (const int fd : fds) BOOST_TEST(test::close_on_exec(fd));
  auto theirs = channel::from_handle(context.get_executor(), std::move(again));
  theirs.sender().send(boost::asio::buffer("hello", 5));
  BOOST_TEST(mine.receiver().peek().text() == "hello");
}

BOOST_FIXTURE_TEST_CASE(malformed_text_is_bad_channel_variable_and_closes_nothing, fixture) {
  const std::string good = handle.to_text();
  const auto fds = descriptors();
  std::vector<std::string> texts{"",
                                 "1",
                                 ",",
                                 "1,",
                                 "2" + good.substr(1),
                                 "01" + good.substr(1),
                                 good + ",",
                                 good + "x",
                                 good + ",more=1",
                                 " " + good,
                                 good + " ",
                                 good + "\n",
                                 good.substr(1),
                                 good.substr(2),
                                 "1," + good,
                                 good + good,
                                 "lifeline=3",
                                 "0" + good.substr(1)};
  // Each field without its name, its sign, its number; doubled; with another's name; with a number that is none.
  for (const std::string name : {"lifeline", "out", "in", "own", "peer"}) {
    const auto at = good.find("," + name + "=") + 1;
    const auto equals = at + name.size();
    const auto end = std::min(good.find(',', at), good.size());
    texts.push_back(good.substr(0, at) + good.substr(equals));
    texts.push_back(good.substr(0, equals) + good.substr(equals + 1));
    texts.push_back(good.substr(0, equals + 1) + good.substr(end));
    texts.push_back(good.substr(0, equals) + good.substr(end));
    texts.push_back(good.substr(0, at - 1) + good.substr(end));
    texts.push_back(good.substr(0, end) + "," + good.substr(at));
    texts.push_back(good.substr(0, at) + "Lifeline" + good.substr(equals));
    for (const std::string number : {"-1", "x", "3x", " 3", "99999999999", "0x3", "+3", "3=3"}) {
      texts.push_back(good.substr(0, equals + 1) + number + good.substr(end));
    }
  }
  // The right fields in another order, and one descriptor in two places.
  for (std::size_t i = 0; i != 5; ++i) {
    auto twice = fds;
    twice[i] = fds[(i + 1) % 5];
    texts.push_back(text_of(twice));
  }
  texts.push_back("1,out=" + std::to_string(fds[1]) + ",lifeline=" + std::to_string(fds[0]));
  for (std::size_t length = 0; length != good.size(); ++length) {
    const auto ec = refusal_of(good.substr(0, length));
    // Cut within the last number it may be another number, which is not the segment.
    BOOST_TEST((ec == error::bad_channel_variable || length > good.rfind('=')), good.substr(0, length));
    BOOST_TEST(ec.failed());
  }
  for (const auto& text : texts) BOOST_TEST((refusal_of(text) == error::bad_channel_variable), '"' << text << '"');
  BOOST_CHECK_THROW(channel_handle::from_text(""), belfry::system_error);
  BOOST_TEST(mine.is_open());
}

BOOST_FIXTURE_TEST_CASE(a_descriptor_that_is_something_else_is_refused_and_says_why, fixture) {
  const auto fds = descriptors();
  const belfry::detail::posix::unique_descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  auto with = [&](std::size_t i, int fd) {
    auto changed = fds;
    changed[i] = fd;
    return refusal_of(text_of(changed));
  };
  for (std::size_t i = 0; i != 5; ++i) {
    BOOST_TEST((with(i, 1'000'000) == error::handle_not_open));
    BOOST_TEST((with(i, null.get()) == (i < 3 ? error::not_a_socket : error::not_a_segment)));
  }
  auto swapped = fds;
  std::swap(swapped[0], swapped[1]);
  BOOST_TEST((refusal_of(text_of(swapped)) == error::wrong_socket_type));
  swapped = fds;
  std::swap(swapped[2], swapped[3]);
  BOOST_TEST((refusal_of(text_of(swapped)) == error::not_a_socket));
  BOOST_TEST(test::is_open(null.get()));
}

BOOST_FIXTURE_TEST_CASE(seeded_garbage_is_refused, fixture) {
  const std::string good = handle.to_text();
  const std::string alphabet = "0123456789,=-+ lifelineoutinownpeer\n";
  test::sequence random(23);
  for (int i = 0; i != 3000; ++i) {
    std::string text = good;
    for (auto n = 1 + random.next(3); n != 0; --n) {
      const auto at = random.next(text.size() - 1);
      switch (random.next(2)) {
        case 0: text[at] = alphabet[random.next(alphabet.size() - 1)]; break;
        case 1: text.erase(at, 1 + random.next(3)); break;
        default: text.insert(at, 1, alphabet[random.next(alphabet.size() - 1)]); break;
      }
    }
    // A few of them are the same, or name the two bells or segments the other way round: those are well formed.
    error_code ec;
    auto result = channel_handle::from_text(text, ec);
    if (ec) {
      for (const int fd : descriptors()) BOOST_REQUIRE(test::is_open(fd));
      continue;
    }
    result.lifeline.release();
    result.outgoing_bell.release();
    result.incoming_bell.release();
    result.own_segment.release();
    result.peer_segment.release();
  }
  BOOST_TEST(mine.is_open());
}
