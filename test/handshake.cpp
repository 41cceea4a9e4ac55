// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../src/handshake.hpp"

#include <cstdint>
#include <cstring>
#include <limits>
#include <string>

#define BOOST_TEST_MODULE handshake
#include "support/pattern.hpp"

#include <boost/test/unit_test.hpp>

using namespace belfry::detail;
using belfry::error;
using belfry::frame;
using belfry::frame_type;

namespace {

constexpr int guest_pid = 4711;
constexpr int host_pid = 42;

frame hello_of(std::uint16_t min, std::uint16_t max, const std::string& name = "theirs") {
  return {frame_type::hello, guest_pid, encode(hello{{min, max}, 0, name})};
}

frame answer_of(const host_handshake::decision& d) { return {d.answer.value(), host_pid, d.payload}; }

bool mentions(const std::string& story, const std::string& what) { return story.find(what) != std::string::npos; }

const host_handshake host("a host", "called so");

}  // namespace

BOOST_AUTO_TEST_CASE(two_sides_of_one_build_come_to_terms) {
  const guest_handshake guest("theirs");
  const auto asked = host.on_frame({frame_type::hello, guest_pid, guest.hello_payload()});
  BOOST_TEST(!asked.failure);
  BOOST_TEST((asked.answer == frame_type::welcome));
  BOOST_TEST(asked.peer.name == "called so");
  BOOST_TEST(asked.peer.pid == guest_pid);
  BOOST_TEST(asked.peer.protocol == own_versions().max);

  const auto answered = guest_handshake::on_frame(answer_of(asked));
  BOOST_TEST(!answered.failure);
  BOOST_TEST(answered.peer.name == "a host");
  BOOST_TEST(answered.peer.pid == host_pid);
  BOOST_TEST(answered.peer.protocol == asked.peer.protocol);
}

BOOST_AUTO_TEST_CASE(a_host_without_a_name_for_the_plugin_uses_the_plugins_own) {
  const auto d = host_handshake("a host", "").on_frame(hello_of(1, 1, "theirs"));
  BOOST_TEST(d.peer.name == "theirs");
}

BOOST_AUTO_TEST_CASE(the_version_is_the_highest_that_both_speak) {
  const auto mine = own_versions();
  const auto later = static_cast<std::uint16_t>(mine.max + 5);
  BOOST_TEST(host.on_frame(hello_of(mine.min, later)).peer.protocol == mine.max);
  BOOST_TEST(host.on_frame(hello_of(0, mine.min)).peer.protocol == mine.min);
  BOOST_TEST(host.on_frame(hello_of(0, std::numeric_limits<std::uint16_t>::max())).peer.protocol == mine.max);
}

BOOST_AUTO_TEST_CASE(without_a_common_version_both_sides_learn_what_each_has) {
  for (const auto& theirs : {version_range{99, 99}, version_range{98, 99}, version_range{0, 0}}) {
    const auto d = host.on_frame(hello_of(theirs.min, theirs.max));
    BOOST_REQUIRE(d.failure);
    BOOST_TEST((d.failure->code == error::version_mismatch));
    BOOST_TEST(mentions(d.failure->story, to_string(own_versions())));
    BOOST_TEST(mentions(d.failure->story, to_string(theirs)));

    BOOST_TEST((d.answer == frame_type::refusal));
    const auto heard = guest_handshake::on_frame(answer_of(d));
    BOOST_REQUIRE(heard.failure);
    BOOST_TEST((heard.failure->code == error::version_mismatch));
    BOOST_TEST(mentions(heard.failure->story, to_string(own_versions())));
    BOOST_TEST(mentions(heard.failure->story, to_string(theirs)));
  }
}

BOOST_AUTO_TEST_CASE(a_range_of_versions_that_ends_before_it_begins_is_no_greeting) {
  BOOST_TEST((host.on_frame(hello_of(2, 1)).failure->code == error::not_a_plugin));
}

BOOST_AUTO_TEST_CASE(a_host_takes_a_welcome_and_a_goodbye_for_no_greeting) {
  for (const auto type : {frame_type::welcome, frame_type::goodbye}) {
    const auto d = host.on_frame({type, guest_pid, encode(hello{own_versions(), 0, "theirs"})});
    BOOST_REQUIRE(d.failure);
    BOOST_TEST((d.failure->code == error::not_a_plugin));
    BOOST_TEST(!d.answer);
  }
}

BOOST_AUTO_TEST_CASE(a_refusal_is_passed_on_in_its_own_words) {
  const frame f{frame_type::refusal, guest_pid, encode(refusal{error::refused, "the moon is full"})};
  const auto d = host.on_frame(f);
  BOOST_TEST((d.failure->code == error::refused));
  BOOST_TEST(mentions(d.failure->story, "the moon is full"));
  const auto g = guest_handshake::on_frame(f);
  BOOST_TEST((g.failure->code == error::refused));
  BOOST_TEST(mentions(g.failure->story, "the moon is full"));
}

BOOST_AUTO_TEST_CASE(a_refusal_for_a_reason_that_is_not_known_here_is_a_refusal) {
  const auto other = static_cast<error>(12345);
  const auto g = guest_handshake::on_frame({frame_type::refusal, host_pid, encode(refusal{other, "new rules"})});
  BOOST_TEST((g.failure->code == error::refused));
}

BOOST_AUTO_TEST_CASE(a_guest_expects_a_welcome) {
  BOOST_TEST((guest_handshake::on_frame(hello_of(1, 1)).failure->code == error::protocol_violation));
  BOOST_TEST((guest_handshake::on_frame({frame_type::welcome, 1, "x"}).failure->code == error::protocol_violation));
  BOOST_TEST((guest_handshake::on_frame({frame_type::refusal, 1, "x"}).failure->code == error::protocol_violation));
  BOOST_TEST((guest_handshake::on_frame({frame_type::goodbye, 1, ""}).failure->code == error::closed));
}

BOOST_AUTO_TEST_CASE(a_guest_does_not_speak_a_version_that_it_never_offered) {
  const frame f{frame_type::welcome, host_pid, encode(welcome{99, 0, "a host", "called so"})};
  const auto g = guest_handshake::on_frame(f);
  BOOST_TEST((g.failure->code == error::version_mismatch));
  BOOST_TEST(mentions(g.failure->story, "protocol 99"));
}

BOOST_AUTO_TEST_CASE(long_names_are_cut_and_still_understood) {
  const std::string endless(100'000, 'n');
  const auto h = decode_hello(encode(hello{{1, 1}, 0, endless}));
  BOOST_REQUIRE(h);
  BOOST_TEST(h->name.size() == longest_name);
  const auto r = decode_refusal(encode(refusal{error::refused, endless}));
  BOOST_REQUIRE(r);
  BOOST_TEST(r->text.size() == longest_text);
  const auto w = decode_welcome(encode(welcome{1, 0, endless, endless}));
  BOOST_REQUIRE(w);
  BOOST_TEST(w->plugin_name.size() == longest_name);
  BOOST_TEST(encode(welcome{1, 0, endless, endless}).size() < belfry::lifeline::max_payload);
}

BOOST_AUTO_TEST_CASE(what_controls_a_terminal_does_not_get_through_in_a_name) {
  const auto h = decode_hello(encode(hello{{1, 1}, 0, "\x1b[2Jname\nwith\x7f"}));
  BOOST_REQUIRE(h);
  BOOST_TEST(h->name == "?[2Jname?with?");
}

BOOST_AUTO_TEST_CASE(each_shortened_or_lengthened_frame_is_refused) {
  const auto whole = encode(hello{{1, 1}, 0, "name"});
  for (std::size_t size = 0; size != whole.size(); ++size) BOOST_TEST(!decode_hello(whole.substr(0, size)));
  BOOST_TEST(!decode_hello(whole + '\0'));
  BOOST_TEST(decode_hello(whole).has_value());

  const auto welcomed = encode(welcome{1, 0, "host", "plugin"});
  for (std::size_t size = 0; size != welcomed.size(); ++size) BOOST_TEST(!decode_welcome(welcomed.substr(0, size)));
  BOOST_TEST(!decode_welcome(welcomed + '\0'));

  const auto refused = encode(refusal{error::refused, "text"});
  for (std::size_t size = 0; size != refused.size(); ++size) BOOST_TEST(!decode_refusal(refused.substr(0, size)));
  BOOST_TEST(!decode_refusal(refused + '\0'));
}

BOOST_AUTO_TEST_CASE(a_length_beyond_the_frame_is_refused) {
  auto bytes = encode(hello{{1, 1}, 0, "name"});
  const auto length_at = bytes.size() - 4 - sizeof(std::uint16_t);
  for (const unsigned length : {5U, 255U, 256U, 65535U}) {
    const auto n = static_cast<std::uint16_t>(length);
    std::memcpy(bytes.data() + length_at, &n, sizeof n);
    BOOST_TEST(!decode_hello(bytes));
  }
}

BOOST_AUTO_TEST_CASE(another_magic_is_refused) {
  auto bytes = encode(hello{{1, 1}, 0, "name"});
  bytes[0] = static_cast<char>(bytes[0] ^ 1);
  BOOST_TEST(!decode_hello(bytes));
}

BOOST_AUTO_TEST_CASE(no_random_bytes_crash_a_side_or_get_more_than_they_may) {
  belfry::test::sequence random(20'261'123);
  for (int lap = 0; lap != 200'000; ++lap) {
    // Half of them are damaged greetings: those get further than noise.
    std::string bytes;
    switch (random.next(3)) {
      case 0: bytes = encode(hello{{1, 1}, 0, "name"}); break;
      case 1: bytes = encode(welcome{1, 0, "host", "plugin"}); break;
      default: bytes.resize(random.next(64)); break;
    }
    const auto damage = random.next(4);
    for (std::uint64_t i = 0; i <= damage && !bytes.empty(); ++i) {
      bytes[random.next(bytes.size() - 1)] = static_cast<char>(random.next(255));
    }
    const auto type = static_cast<frame_type>(1 + random.next(3));
    const auto d = host.on_frame({type, guest_pid, bytes});
    const auto g = guest_handshake::on_frame({type, host_pid, bytes});
    // Either it worked or there is a reason; and an answer fits a frame.
    if (d.failure) BOOST_REQUIRE(!d.failure->story.empty());
    else BOOST_REQUIRE((d.peer.protocol >= own_versions().min && d.peer.protocol <= own_versions().max));
    BOOST_REQUIRE(d.payload.size() <= belfry::lifeline::max_payload);
    if (g.failure) BOOST_REQUIRE(!g.failure->story.empty());
    else BOOST_REQUIRE(g.peer.name.size() <= longest_name);
  }
}
