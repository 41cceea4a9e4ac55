// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE observer
#include "support/child.hpp"
#include "support/launching.hpp"
#include "support/process.hpp"

#include <belfry/detail/channel_state.hpp>
#include <belfry/observer.hpp>

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

using namespace belfry;
using boost::asio::buffer;
using test::scripted;

namespace {

struct fixture : test::quiet_launcher {
  observer eyes;

  plugin launch_named(const std::string& name, std::vector<std::string> arguments, bool observable = true) {
    auto options = scripted(std::move(arguments));
    options.name = name;
    options.observable = observable;
    return launch.launch(options);
  }

  /// This process's channel to the plugin of that name. Other tests may run beside this one.
  std::optional<observed_channel> see(const std::string& name) {
    for (auto& c : eyes.look()) {
      if (c.host_pid == ::getpid() && c.name == name) return std::move(c);
    }
    return std::nullopt;
  }
};

std::uint64_t number_of(int fd) {
  struct stat status{};
  BOOST_TEST_REQUIRE(::fstat(fd, &status) == 0);
  return status.st_ino;
}

/// Of that file, in this process, among them those that may be written to. Others' hosts may run beside this test.
struct mappings_of {
  explicit mappings_of(std::uint64_t number) {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      if (line.find(" " + std::to_string(number) + " ") == std::string::npos) continue;
      ++all;
      if (line.find("rw-s") != std::string::npos) ++writable;
    }
  }
  int all = 0;
  int writable = 0;
};

std::string big(std::size_t size) { return std::string(size, 'x'); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(an_observer, fixture)

BOOST_AUTO_TEST_CASE(sees_who_talks_and_how_much) {
  auto p = launch_named("seen", {"echo"});
  for (int i = 0; i != 3; ++i) {
    p.channel().sender().send(buffer("hello", 5));
    BOOST_TEST(test::receive_text(p) == "hello");
  }
  const auto c = see("seen").value();
  BOOST_TEST(c.pid == p.pid());
  BOOST_TEST(c.host == std::string(::program_invocation_short_name).substr(0, 15));
  BOOST_TEST((c.condition == observed_condition::open));
  BOOST_TEST(c.uptime.count() > 0);
  BOOST_TEST(c.interval.count() == 0);
  for (const auto* d : {&c.to_plugin, &c.from_plugin}) {
    BOOST_TEST(d->writer.messages == 3U);
    BOOST_TEST(d->writer.bytes == 15U);
    BOOST_TEST(d->reader.messages == 3U);
    BOOST_TEST(d->reader.bytes == 15U);
    BOOST_TEST(d->capacity == 64U * 1024);
    BOOST_TEST(d->unread_bytes == 0U);
    BOOST_TEST(!d->delay);
  }
  const auto s = p.channel().stats();
  BOOST_TEST(c.to_plugin.writer.rings == s.sent.rings);
  BOOST_TEST(c.from_plugin.reader.sleeps == s.received.sleeps);
}

BOOST_AUTO_TEST_CASE(sees_what_lies_unread_in_either_ring_and_who_waits) {
  auto p = launch_named("unread", {"signalled_then", "stay"});  // says "ready", and reads nothing
  test::until([&] { return see("unread")->from_plugin.unread_messages == 1; });
  auto c = see("unread").value();
  BOOST_TEST(c.from_plugin.unread_bytes == 16U);
  BOOST_TEST(!c.to_plugin.reader.waits);
  BOOST_TEST(!c.to_plugin.writer.waits);

  p.channel().sender().send(buffer("x", 1));
  p.channel().sender().send(buffer(big(100)));
  c = see("unread").value();
  BOOST_TEST(c.to_plugin.unread_messages == 2U);
  BOOST_TEST(c.to_plugin.unread_bytes == 16U + 112U);
  BOOST_TEST(c.to_plugin.reader.messages == 0U);

  error_code ec;
  while (!ec) p.channel().sender().send_for(std::chrono::milliseconds(1), buffer(big(4000)), ec);
  c = see("unread").value();
  BOOST_TEST(c.to_plugin.unread_bytes > 59'000U);
  BOOST_TEST(c.to_plugin.writer.sleeps > 0U);
}

BOOST_AUTO_TEST_CASE(sees_that_a_plugin_waits_for_a_message) {
  auto p = launch_named("waiting", {"echo"});
  test::until([&] { return see("waiting")->to_plugin.reader.waits; });
  BOOST_TEST(!see("waiting")->to_plugin.writer.waits);
}

BOOST_AUTO_TEST_CASE(tells_how_much_a_second_from_the_second_look_on) {
  auto p = launch_named("rates", {"echo"});
  BOOST_TEST(see("rates")->interval.count() == 0);
  for (int i = 0; i != 100; ++i) {
    p.channel().sender().send(buffer("x", 1));
    test::receive_text(p);
  }
  const auto c = see("rates").value();
  BOOST_TEST(c.interval.count() > 0);
  const double seconds = std::chrono::duration<double>(c.interval).count();
  BOOST_TEST(c.to_plugin.messages_per_second * seconds == 100.0, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(c.from_plugin.bytes_per_second * seconds == 100.0, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(c.to_plugin.delay.has_value());
}

BOOST_AUTO_TEST_CASE(sees_how_the_channel_ended_as_long_as_its_host_keeps_it) {
  auto p = launch_named("ended", {"wait_then", "abort"});
  p.channel().sender().send(buffer("go", 2));
  error_code ec;
  p.channel().receiver().peek(ec);
  BOOST_TEST((see("ended")->condition == observed_condition::plugin_died));

  auto closes = launch_named("closed", {"goodbye_then", "0"});
  closes.channel().receiver().peek(ec);
  BOOST_TEST((see("closed")->condition == observed_condition::plugin_closed));

  auto stays = launch_named("left", {"ignore_goodbye"});
  stays.channel().close();
  BOOST_TEST((see("left")->condition == observed_condition::host_closed));
  stays.kill();

  auto breaks = launch_named("broken", {"bad_header"});
  breaks.channel().receiver().peek(ec);
  BOOST_TEST((see("broken")->condition == observed_condition::violated));

  p = {};
  BOOST_TEST(!see("ended"));
}

BOOST_AUTO_TEST_CASE(sees_a_plugin_that_was_stopped) {
  auto p = launch_named("stopped", {"echo"});
  ::kill(p.pid(), SIGSTOP);
  test::until([&] { return see("stopped")->process_state == 'T'; });
  ::kill(p.pid(), SIGCONT);
}

BOOST_AUTO_TEST_CASE(sees_the_restarts_that_its_supervisor_tells) {
  auto p = launch_named("restarted", {"echo"});
  p.channel().state()->show_restarts(3);
  BOOST_TEST(see("restarted")->restarts == 3U);
}

BOOST_AUTO_TEST_CASE(sees_nothing_that_its_host_has_switched_off) {
  const auto before = test::open_descriptors();
  auto hidden = launch_named("hidden", {"echo"}, false);
  const auto descriptors_of_hidden = test::open_descriptors() - before;
  BOOST_TEST(!see("hidden"));
  auto shown = launch_named("shown", {"echo"});
  BOOST_TEST(see("shown").has_value());
  BOOST_TEST(test::open_descriptors() - before - descriptors_of_hidden == descriptors_of_hidden + 2);
}

BOOST_AUTO_TEST_CASE(sees_a_host_once_though_a_fork_of_it_has_its_files) {
  auto p = launch_named("forked", {"echo"});
  const test::child fork([] {
    for (;;) ::pause();
    return 0;
  });
  int times = 0;
  for (const auto& c : eyes.look()) {
    if (c.name != "forked") continue;
    BOOST_TEST(c.host_pid == ::getpid());
    ++times;
  }
  BOOST_TEST(times == 1);
}

BOOST_AUTO_TEST_CASE(cuts_a_name_that_is_too_long_and_shows_any_bytes_of_it_as_json) {
  auto p = launch_named(big(200), {"echo"});
  BOOST_TEST(see(big(80)).has_value());
  auto odd = launch_named("\xff\"\n", {"echo"});
  const auto text = to_json(see("\xff\"\n").value());
  BOOST_TEST(text.find("\"name\":\"\xef\xbf\xbd\\\"\\n\"") != std::string::npos, text);
  BOOST_TEST(text.find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(keeps_no_mapping_of_what_is_gone) {
  auto p = launch_named("gone", {"echo"});
  const auto own = number_of(p.channel().state()->own_file.native_handle());
  const auto peer = number_of(p.channel().state()->peer_file.native_handle());
  BOOST_TEST(see("gone").has_value());
  BOOST_TEST(mappings_of(own).all == 4);  // the host's, and the observer's
  p = {};
  eyes.look();
  BOOST_TEST(mappings_of(own).all == 0);
  BOOST_TEST(mappings_of(peer).all == 0);
}

BOOST_AUTO_TEST_CASE(maps_for_reading_only) {
  auto p = launch_named("read_only", {"echo"}, true);
  BOOST_TEST(see("read_only").has_value());
  // Both are mapped by the host, which is this process, too, and by the observer, in two pieces each.
  const mappings_of own(number_of(p.channel().state()->own_file.native_handle()));
  const mappings_of peer(number_of(p.channel().state()->peer_file.native_handle()));
  BOOST_TEST(own.all == 4);
  BOOST_TEST(own.writable == 2);
  BOOST_TEST(peer.all == 4);
  BOOST_TEST(peer.writable == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(whatever_another_process_publishes, fixture)

namespace {

/// A segment of another process's, as a hostile one would make it: sealed as it should be, with any words in it.
struct forged {
  template <class Fill>
  explicit forged(Fill fill) : handle(segment_handle::create(4096)), memory(segment::map_own(handle)) {
    fill(*memory.control());
  }
  segment_handle handle;
  segment memory;
};

}  // namespace

BOOST_AUTO_TEST_CASE(no_figure_of_it_leads_astray) {
  const std::uint64_t all = ~std::uint64_t{0};
  std::uint64_t seed = 1;
  const auto random = [&] { return seed = seed * 6364136223846793005U + 1442695040888963407U; };
  for (int lap = 0; lap != 200; ++lap) {
    const auto wild = [&](detail::control_block& c) {
      for (auto* word :
           {&c.released, &c.data_wake_at, &c.space_wake_at, &c.sent.position, &c.card.end, &c.card.restarts}) {
        word->store(lap == 0 ? all : random());
      }
      c.sent.messages.add(random());
      c.received.bytes.add(lap % 2 == 0 ? all : random());
    };
    forged peer([&](detail::control_block& c) { wild(c); });
    for (std::size_t i = 0; i != 4096 / 8; ++i) {
      // Lengths that fit, lengths that do not, and no headers at all.
      const std::uint64_t header = detail::message_header::encode(static_cast<std::uint32_t>(random() % 300), 0);
      const std::uint64_t value = lap % 3 == 0 ? header : lap % 3 == 1 ? random() : header | random() >> 32;
      std::memcpy(peer.memory.data() + 8 * i, &value, sizeof value);
    }
    forged own([&](detail::control_block& c) {
      wild(c);
      c.card.peer_segment = number_of(peer.handle.native_handle());
      c.card.born_ns = random();
      c.card.maker_pid = static_cast<std::uint32_t>(random());
      c.card.peer_pid = 0;
      c.card.name.fill('\xff');
      c.card.version.store(detail::channel_card_version);
    });
    bool seen = false;
    for (int look = 0; look != 2; ++look) {
      for (const auto& c : eyes.look()) {
        if (c.name != std::string(80, '\xff')) continue;
        seen = true;
        BOOST_TEST(c.to_plugin.unread_bytes <= c.to_plugin.capacity);
        BOOST_TEST(c.from_plugin.unread_bytes <= c.from_plugin.capacity);
        BOOST_TEST(c.uptime.count() >= 0);
        to_json(c);
      }
    }
    BOOST_TEST(seen);
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_could_shrink_under_it_is_not_looked_at) {
  auto mine = segment_handle::create(4096);  // as it is before its owner has mapped it: not sealed against writing
  detail::channel_card card{};
  card.version.store(detail::channel_card_version);
  BOOST_TEST(::pwrite(mine.native_handle(), &card, sizeof card, offsetof(detail::control_block, card)) ==
             static_cast<ssize_t>(sizeof card));
  eyes.look();
  BOOST_TEST(mappings_of(number_of(mine.native_handle())).all == 0);
  // Nor one that only has the name.
  const int fd = ::memfd_create("belfry", MFD_CLOEXEC);
  BOOST_TEST(::ftruncate(fd, 8192) == 0);
  eyes.look();
  BOOST_TEST(mappings_of(number_of(fd)).all == 0);
  ::close(fd);
}

BOOST_AUTO_TEST_SUITE_END()
