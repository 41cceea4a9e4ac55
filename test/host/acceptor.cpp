// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE acceptor
#include "support/child.hpp"
#include "support/completion.hpp"
#include "support/launching.hpp"
#include "support/process.hpp"

#include <belfry/acceptor.hpp>
#include <belfry/detail/channel_state.hpp>
#include <belfry/guest.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
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

namespace {

/// A folder of this test's own, closed to others; gone in the end.
struct own_folder {
  own_folder() {
    std::string name = (fs::temp_directory_path() / "belfry-XXXXXX").native();
    path = ::mkdtemp(name.data());
  }
  own_folder(const own_folder&) = delete;
  ~own_folder() { fs::remove_all(path); }

  fs::path path;
};

/// What becomes known about the host's plugins.
struct kept_diagnostics {
  kept_diagnostics() {
    set_diagnostics_sink([this](const diagnostic& d) {
      const std::lock_guard lock(mutex);
      all.push_back(d);
    });
  }
  ~kept_diagnostics() { set_diagnostics_sink({}); }

  std::vector<diagnostic> of(event_kind kind) {
    const std::lock_guard lock(mutex);
    std::vector<diagnostic> some;
    for (const auto& d : all) {
      if (d.kind == kind) some.push_back(d);
    }
    return some;
  }

  std::mutex mutex;
  std::vector<diagnostic> all;
};

struct fixture : test::context_fixture {
  acceptor open(acceptor_options options = {}) {
    options.handshake_timeout = std::max<std::chrono::milliseconds>(options.handshake_timeout, 5000ms);
    return acceptor(context.get_executor(), path, std::move(options));
  }
  error_code error_of(const fs::path& where, acceptor_options options = {}) {
    error_code ec;
    BOOST_TEST(!acceptor::open(context.get_executor(), where, std::move(options), ec).is_open());
    return ec;
  }
  /// A program that attaches by the variable, and then does so.
  test::child walk_in(std::function<int(channel&)> then) {
    return test::child([this, then] {
      ::setenv("BELFRY_HOST", path.c_str(), 1);
      asio::io_context own;
      guest::attach_options options;
      options.name = "visitor";
      options.timeout = 60s;
      auto host = guest::attach(own.get_executor(), options);
      return then(host);
    });
  }

  kept_diagnostics known;
  own_folder folder;
  fs::path path = folder.path / "host.sock";
};

int echo(channel& host) {
  error_code ec;
  std::string text;
  for (; host.receiver().receive(asio::dynamic_buffer(text), ec), !ec; text.clear()) {
    host.sender().send(asio::buffer(text), ec);
  }
  return ec == error::closed ? 0 : 1;
}

std::string ask(plugin& p, const std::string& question) {
  p.channel().sender().send(asio::buffer(question));
  return test::receive_text(p);
}

/// A connection that says nothing.
int connect_to(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  BOOST_REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

mode_t mode_of(const fs::path& path) {
  struct stat status{};
  BOOST_REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_plugin_that_walks_in, fixture)

BOOST_AUTO_TEST_CASE(talks_as_one_that_was_launched_and_hears_the_goodbye) {
  auto door = open();
  auto visitor = walk_in(echo);
  auto p = door.accept();
  BOOST_TEST(p.name() == "visitor");
  BOOST_TEST(p.pid() == visitor.pid());
  BOOST_TEST(p.running());
  BOOST_TEST(ask(p, "hello") == "hello");
  BOOST_TEST(known.of(event_kind::plugin_walked_in).size() == 1u);
  p = plugin();
  BOOST_TEST(visitor.wait() == 0);
}

BOOST_AUTO_TEST_CASE(comes_in_without_blocking_with_any_token) {
  auto door = open();
  auto visitor = walk_in(echo);
  auto accepted = door.async_accept(asio::use_future);
  run();
  auto p = accepted.get();
  BOOST_TEST(ask(p, "hello") == "hello");
  p.channel().close();
  BOOST_TEST(visitor.wait() == 0);
}

BOOST_AUTO_TEST_CASE(is_one_of_several) {
  auto door = open();
  auto first = walk_in(echo);
  auto second = walk_in(echo);
  auto one = door.accept();
  auto other = door.accept();
  BOOST_TEST(ask(one, "1") == "1");
  BOOST_TEST(ask(other, "2") == "2");
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
    return echo(host);
  });
  auto p = door.accept();
  const auto back = p.channel().receive_descriptor();
  BOOST_TEST(fs::read_symlink("/proc/self/fd/" + std::to_string(back.native_handle())) == "/dev/zero");
  BOOST_TEST(test::is_open(file));
  ::close(file);
}

BOOST_AUTO_TEST_CASE(is_dead_when_it_is_killed_which_is_recorded_without_a_status) {
  auto door = open();
  auto visitor = walk_in(echo);
  auto p = door.accept();
  BOOST_TEST(ask(p, "hello") == "hello");
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
  BOOST_TEST(stopped.wait() == 128 + SIGKILL);
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
  const int silent = connect_to(path);
  error_code ec;
  door.accept_for(1ms, ec);
  BOOST_TEST((ec == error::timed_out));
  auto failures = known.of(event_kind::handshake_failed);
  BOOST_TEST_REQUIRE(failures.size() == 1u);
  BOOST_TEST(failures[0].message.find("did not greet") != std::string::npos, failures[0].message);
  const int silent_too = connect_to(path);
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
  BOOST_TEST(mode_of(path) == 0666u);
  auto visitor = as_other();
  auto p = door.accept();
  BOOST_TEST(p.pid() == visitor.pid());
  BOOST_TEST(visitor.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(the_socket, fixture)

BOOST_AUTO_TEST_CASE(has_its_mode_whatever_the_umask_and_is_gone_in_the_end) {
  for (const mode_t mask : {0000, 0777}) {
    const mode_t before = ::umask(mask);
    const auto inner = folder.path / ("made" + std::to_string(mask));
    path = inner / "s";
    {
      auto door = open();
      ::umask(before);
      BOOST_TEST(mode_of(path) == 0600u);
      BOOST_TEST(mode_of(inner) == 0700u);
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
  for (const mode_t mode : {0755, 0770, 0701}) {
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
    auto visitor = walk_in(echo);
    BOOST_TEST(ask(*std::make_unique<plugin>(door.accept()), "alive") == "alive");
    BOOST_TEST((error_of(path) == make_error_condition(boost::system::errc::address_in_use)));
    auto next = walk_in(echo);
    BOOST_TEST(ask(*std::make_unique<plugin>(door.accept()), "still") == "still");
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
  auto visitor = walk_in(echo);
  BOOST_TEST(ask(*std::make_unique<plugin>(door.accept()), "hello") == "hello");
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

BOOST_FIXTURE_TEST_SUITE(a_wait_for_plugins, fixture)

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
  const int silent = connect_to(path);
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

BOOST_FIXTURE_TEST_SUITE(a_plugin_that_finds_nobody, fixture)

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

BOOST_AUTO_TEST_SUITE_END()
