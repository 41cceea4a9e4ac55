// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE walk_in
#include "../../src/walk_in.hpp"

#include "support/accepting.hpp"
#include "support/completion.hpp"
#include "support/process.hpp"

#include <belfry/detail/channel_state.hpp>

#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace belfry;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace fs = std::filesystem;

BOOST_FIXTURE_TEST_SUITE(a_plugin_that_walks_in, test::acceptor_fixture)

BOOST_AUTO_TEST_CASE(talks_as_one_that_was_launched_and_hears_the_goodbye) {
  auto door = open();
  auto visitor = walk_in(test::echo);
  auto p = door.accept();
  BOOST_TEST(p.name() == "visitor");
  BOOST_TEST(p.pid() == visitor.pid());
  BOOST_TEST(p.running());
  BOOST_TEST(test::ask(p, "hello") == "hello");
  BOOST_TEST(known.of(event_kind::plugin_walked_in).size() == 1u);
  p = plugin();
  BOOST_TEST(visitor.wait() == 0);
}

BOOST_AUTO_TEST_CASE(comes_in_without_blocking_with_any_token) {
  auto door = open();
  auto visitor = walk_in(test::echo);
  auto accepted = door.async_accept(asio::use_future);
  run();
  auto p = accepted.get();
  BOOST_TEST(test::ask(p, "hello") == "hello");
  p.channel().close();
  BOOST_TEST(visitor.wait() == 0);
}

BOOST_AUTO_TEST_CASE(is_one_of_several) {
  auto door = open();
  auto first = walk_in(test::echo);
  auto second = walk_in(test::echo);
  auto one = door.accept();
  auto other = door.accept();
  BOOST_TEST(test::ask(one, "1") == "1");
  BOOST_TEST(test::ask(other, "2") == "2");
  BOOST_TEST((one.pid() == first.pid()) == (other.pid() == second.pid()));
  one = plugin();
  other = plugin();
  BOOST_TEST(first.wait() == 0);
  BOOST_TEST(second.wait() == 0);
}

BOOST_AUTO_TEST_CASE(gets_named_descriptors_and_leaves_the_host_its_own) {
  const int file = ::open("/dev/zero", O_RDONLY | O_CLOEXEC);
  acceptor_options options;
  options.descriptors = {{"zero", file}};
  options.channel.incoming_descriptors = 1;
  auto door = open(options);
  auto visitor = walk_in([](channel& host) {
    host.send_descriptor("back", guest::descriptor("zero").native_handle());
    return test::echo(host);
  });
  auto p = door.accept();
  const auto back = p.channel().receive_descriptor();
  BOOST_TEST(fs::read_symlink("/proc/self/fd/" + std::to_string(back.native_handle())) == "/dev/zero");
  BOOST_TEST(test::is_open(file));
  ::close(file);
}

BOOST_AUTO_TEST_CASE(is_dead_when_it_is_killed_which_is_recorded_without_a_status) {
  auto door = open();
  auto visitor = walk_in(test::echo);
  auto p = door.accept();
  BOOST_TEST(test::ask(p, "hello") == "hello");
  visitor.kill(SIGKILL);
  error_code ec;
  std::string text;
  p.channel().receiver().receive(asio::dynamic_buffer(text), ec);
  BOOST_TEST((ec == error::peer_dead));
  BOOST_TEST(p.wait().code == exit_status::unknown);
  const auto deaths = known.of(event_kind::peer_died);
  BOOST_TEST_REQUIRE(deaths.size() == 1u);
  BOOST_TEST((deaths[0].level == severity::error));
  BOOST_TEST(deaths[0].pid == p.pid());
  BOOST_TEST(!deaths[0].status);
  BOOST_TEST(deaths[0].message.find("ended without a goodbye") != std::string::npos, deaths[0].message);
}

BOOST_AUTO_TEST_CASE(that_says_goodbye_and_ends_is_waited_for_and_no_mishap) {
  auto door = open();
  auto visitor = walk_in([](channel&) { return 3; });
  auto p = door.accept();
  BOOST_TEST(p.wait().code == exit_status::unknown);
  const auto ends = known.of(event_kind::plugin_exited);
  BOOST_TEST_REQUIRE(ends.size() == 1u);
  BOOST_TEST((ends[0].level == severity::info));
  BOOST_TEST(visitor.wait() == 3);
}

BOOST_AUTO_TEST_CASE(is_killed_only_if_somebody_asks_for_it) {
  const auto stay = [](channel& host) {
    host.sender().send(asio::buffer("here", 4));
    for (;;) ::pause();
    return 0;
  };
  auto door = open();
  auto left_alone = walk_in(stay);
  auto p = door.accept();
  p = plugin();
  BOOST_TEST(::kill(left_alone.pid(), 0) == 0);
  auto stopped = walk_in(stay);
  p = door.accept();
  error_code ec;
  p.stop(1ms, ec);
  BOOST_TEST(!ec);
  BOOST_TEST(stopped.wait() == 128 + SIGTERM);
  left_alone.kill(SIGTERM);
  BOOST_TEST(left_alone.wait() == 128 + SIGTERM);
}

BOOST_AUTO_TEST_CASE(loses_its_channel_and_not_its_life_when_it_breaks_the_protocol) {
  auto door = open();
  auto visitor = walk_in([](channel& host) {
    const std::string nonsense(64, 'x');
    if (::write(host.state()->line.native_handle(), nonsense.data(), nonsense.size()) < 0) return 1;
    error_code ec;
    host.receiver().peek(ec);
    return ec ? 42 : 2;
  });
  auto p = door.accept();
  error_code ec;
  p.channel().receiver().peek(ec);
  BOOST_TEST((ec == error::protocol_violation));
  p = plugin();
  BOOST_TEST(visitor.wait() == 42);
}

BOOST_AUTO_TEST_CASE(is_refused_if_it_does_not_greet_and_the_next_one_is_served) {
  auto door = acceptor(context.get_executor(), path, [] {
    acceptor_options o;
    o.handshake_timeout = 50ms;
    return o;
  }());
  const int silent = test::connect_to(path);
  error_code ec;
  door.accept_for(1ms, ec);
  BOOST_TEST((ec == error::timed_out));
  auto failures = known.of(event_kind::handshake_failed);
  BOOST_TEST_REQUIRE(failures.size() == 1u);
  BOOST_TEST(failures[0].message.find("did not greet") != std::string::npos, failures[0].message);
  const int silent_too = test::connect_to(path);
  std::optional<error_code> ended;
  door.async_accept(test::into(ended));
  context.restart();
  test::until([&] {
    context.run_one();
    return known.of(event_kind::handshake_failed).size() == 2u;
  });
  BOOST_TEST(!ended.has_value());
  door.cancel();
  run();
  BOOST_TEST((ended == test::aborted));
  ::close(silent);
  ::close(silent_too);
}

BOOST_AUTO_TEST_CASE(that_dies_half_way_or_talks_nonsense_costs_one_diagnostic_and_the_next_one_is_served) {
  auto door = open();
  const auto visit = [this](std::function<void(detail::walked_in)> with_its_ends) {
    return test::child([this, with_its_ends] {
      with_its_ends(detail::walk_in(path.native(), {}, 60s));
      return 0;
    });
  };
  auto dies = visit([](const detail::walked_in&) { std::raise(SIGKILL); });
  auto raves = visit([](const detail::walked_in& got) {
    const std::string nonsense(4096, 'x');
    if (::write(got.handle.native_handles()[0], nonsense.data(), nonsense.size()) > 0) ::pause();
  });
  // Nonsense where nobody has asked for a word: who connects has nothing to say there.
  const int rude = test::connect_to(path);
  const std::string request = "GET / HTTP/1.1\r\n\r\n";
  BOOST_TEST(::write(rude, request.data(), request.size()) == static_cast<ssize_t>(request.size()));
  ::close(rude);
  test::until([&] {
    error_code ec;
    door.accept_for(1ms, ec);
    BOOST_TEST((ec == error::timed_out));
    return known.of(event_kind::handshake_failed).size() == 3u;
  });
  BOOST_TEST(dies.wait() == 128 + SIGKILL);
  const auto told_of = [this](int pid) {
    std::string all;
    for (const auto& d : known.of(event_kind::handshake_failed)) {
      if (d.pid == pid) all += d.message;
    }
    return all;
  };
  BOOST_TEST(told_of(raves.pid()).find("no greeting") != std::string::npos, told_of(raves.pid()));
  BOOST_TEST(told_of(::getpid()).find("left before it had greeted") != std::string::npos, told_of(::getpid()));

  auto visitor = walk_in(test::echo);
  auto p = door.accept();
  BOOST_TEST(test::ask(p, "hello") == "hello");
}

BOOST_AUTO_TEST_CASE(is_one_of_many_at_once_some_of_which_say_nothing) {
  acceptor_options options;
  options.handshake_timeout = 200ms;  // of each that says nothing; the others greet at once
  auto door = acceptor(context.get_executor(), path, options);
  std::vector<int> silent;
  std::vector<test::child> visitors;
  {
    auto first = walk_in(test::echo);
    door.accept();  // what is made once is made
  }
  const auto descriptors = test::open_descriptors();
  for (int i = 0; i != 10; ++i) {
    if (i % 4 == 0) silent.push_back(test::connect_to(path));
    visitors.push_back(walk_in(test::echo));
  }
  std::set<int> pids;
  for (std::size_t i = 0; i != visitors.size(); ++i) {
    auto p = door.accept();
    BOOST_TEST(test::ask(p, std::to_string(i)) == std::to_string(i));
    pids.insert(p.pid());
  }
  BOOST_TEST(pids.size() == visitors.size());
  for (auto& visitor : visitors) BOOST_TEST(visitor.wait() == 0);
  for (const int fd : silent) ::close(fd);
  error_code ec;
  door.accept_for(1ms, ec);
  BOOST_TEST((ec == error::timed_out));
  BOOST_TEST(known.of(event_kind::handshake_failed).size() >= silent.size());
  BOOST_TEST(test::open_descriptors() == descriptors);
}

BOOST_AUTO_TEST_CASE(of_another_user_is_refused_unless_that_user_is_named) {
  if (::geteuid() != 0) return;  // nobody else can become another user
  constexpr unsigned other = 65534;
  // Where others may come in, they must be able to get there.
  BOOST_REQUIRE(::chmod(folder.path.c_str(), 0711) == 0);
  const auto as_other = [&] {
    return test::child([this] {
      ::setenv("BELFRY_HOST", path.c_str(), 1);
      if (::setresuid(other, other, other) != 0) return 9;
      asio::io_context own;
      guest::attach_options options;
      options.timeout = 60s;
      error_code ec;
      auto host = guest::attach(own.get_executor(), options, ec);
      return ec == error::refused ? 1 : ec ? 2 : 0;
    });
  };
  acceptor_options options;
  options.users = {other + 1};
  {
    auto door = open(options);
    auto visitor = as_other();
    std::optional<error_code> ended;
    door.async_accept(test::into(ended));
    context.restart();
    test::until([&] {
      context.run_one();
      return known.of(event_kind::handshake_failed).size() == 1u;
    });
    BOOST_TEST(visitor.wait() == 1);
    door.close();
    run();
  }
  options.users = {other};
  auto door = open(options);
  BOOST_TEST(test::mode_of(path) == 0666u);
  auto visitor = as_other();
  auto p = door.accept();
  BOOST_TEST(p.pid() == visitor.pid());
  BOOST_TEST(visitor.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(a_plugin_that_finds_nobody, test::acceptor_fixture)

BOOST_AUTO_TEST_CASE(is_told_what_is_wrong) {
  const auto story = [this] {
    std::string text;
    ::setenv("BELFRY_HOST", path.c_str(), 1);
    guest::attach_options options;
    options.timeout = 50ms;
    try {
      guest::attach(context.get_executor(), options);
    } catch (const system_error& e) {
      BOOST_TEST((e.code() == error::no_host || e.code() == error::handshake_timeout));
      text = e.what();
    }
    BOOST_TEST(std::getenv("BELFRY_HOST") == nullptr);
    return text;
  };
  BOOST_TEST(story().find("belfry run --listen " + path.native()) != std::string::npos);
  {
    auto door = open();
    BOOST_TEST(story().find("did not accept") != std::string::npos);
  }
  BOOST_TEST(test::in_a_child([this] {
               asio::io_context own;
               const acceptor door(own.get_executor(), path);
               ::_exit(0);
               return 1;
             }) == 0);
  BOOST_TEST(story().find("has ended") != std::string::npos);
}

/// Somebody who listens and is no host.
class impostor {
 public:
  explicit impostor(const fs::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    BOOST_TEST_REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    BOOST_TEST_REQUIRE(::listen(fd_, 4) == 0);
  }
  ~impostor() { ::close(fd_); }
  impostor(const impostor&) = delete;
  impostor& operator=(const impostor&) = delete;

  /// Answers the next who comes with that, and hangs up.
  void answer(const std::string& bytes) const {
    const int connection = ::accept(fd_, nullptr, nullptr);
    BOOST_TEST(::write(connection, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    ::close(connection);
  }

 private:
  int fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

BOOST_AUTO_TEST_CASE(but_somebody_else_is_told_so_whatever_that_one_says) {
  const auto attach = [this](std::chrono::milliseconds limit) {
    ::setenv("BELFRY_HOST", path.c_str(), 1);
    guest::attach_options options;
    options.timeout = limit;
    error_code ec;
    guest::attach(context.get_executor(), options, ec);
    return ec;
  };
  {
    const impostor other(path);
    std::jthread answering([&] {
      other.answer("HTTP/1.1 400 Bad Request\r\n\r\n");
      other.answer({});
    });
    BOOST_TEST((attach(60s) == error::protocol_violation));
    BOOST_TEST((attach(60s) == error::peer_dead));
    answering.join();
    BOOST_TEST((attach(50ms) == error::handshake_timeout));
  }
  path = folder.path / std::string(200, 'x');
  BOOST_TEST((attach(60s) == boost::system::errc::filename_too_long));
}

BOOST_AUTO_TEST_SUITE_END()
