// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE outbox
#include "../src/host/outbox.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace belfry;
using detail::outbox;
using detail::outgoing;
using form = outgoing::form;

namespace {

constexpr std::uint64_t size = 16;  // of each message here, in the ring

struct named : outgoing {
  named(std::string n, form f = form::message) : outgoing(f, 0), name(std::move(n)) {}
  std::string name;
};

std::string names(const std::vector<outbox::item>& items) {
  std::string text;
  for (const auto& i : items) text += static_cast<const named&>(*i).name;
  return text;
}

/// A plugin of letters.
struct sending {
  outbox out{redelivery::at_least_once, 3};
  std::uint64_t position = 0;
  std::string sent;  // in the ring of the plugin that lives, as far as they are messages

  outbox::item add(char name, form f = form::message) {
    auto i = std::make_shared<named>(std::string(1, name), f);
    out.add(i);
    return i;
  }
  /// Sends all that may be sent; returns their names.
  std::string send() {
    std::string now;
    while (const auto next = out.next()) {
      now += static_cast<const named&>(*next).name;
      out.committed(position, position + size);
      position += size;
    }
    sent += now;
    return now;
  }
  void release(std::size_t messages) { out.released(messages * size); }
  outbox::toll die(std::size_t released, bool blame = true) {
    auto toll = out.died(released * size, blame,
                         [&](std::uint64_t at) { return std::make_shared<named>(std::string(1, sent.at(at / size))); });
    position = 0;
    sent.clear();
    return toll;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(an_outbox, sending)

BOOST_AUTO_TEST_CASE(gives_messages_in_the_order_in_which_they_came) {
  for (const char c : {'a', 'b', 'c'}) add(c);
  BOOST_TEST(send() == "abc");
  BOOST_TEST(!out.next());
  BOOST_TEST(out.empty());
}

BOOST_AUTO_TEST_CASE(gives_again_what_was_not_released_and_only_that_before_all_else) {
  for (const char c : {'a', 'b', 'c'}) add(c);
  send();
  add('d');
  BOOST_TEST(names(die(1).again) == "bc");
  BOOST_TEST(send() == "bcd");
}

BOOST_AUTO_TEST_CASE(takes_a_message_that_was_released_in_part_as_not_released) {
  for (const char c : {'a', 'b'}) add(c);
  send();
  const auto toll = out.died(
      size + 8, true, [&](std::uint64_t at) { return std::make_shared<named>(std::string(1, sent.at(at / size))); });
  BOOST_TEST(names(toll.again) == "b");
}

BOOST_AUTO_TEST_CASE(gives_a_request_again_that_was_released_and_not_answered_and_in_order) {
  add('a');
  add('B', form::request);
  const auto answered = add('C', form::request);
  add('d');
  add('E', form::request);
  send();
  out.answered(answered);
  BOOST_TEST(names(die(3).again) == "BdE");
  BOOST_TEST(send() == "BdE");
}

BOOST_AUTO_TEST_CASE(does_not_give_a_request_again_that_was_answered_before_it_was_released) {
  const auto answered = add('A', form::request);
  send();
  out.answered(answered);
  BOOST_TEST(die(0).again.empty());
}

BOOST_AUTO_TEST_CASE(forgets_what_was_withdrawn_wherever_it_is) {
  const auto sent_already = add('A', form::request);
  send();
  const auto waits = add('B', form::request);
  out.withdraw(sent_already);
  out.withdraw(waits);
  BOOST_TEST(die(0).again.empty());
  BOOST_TEST(!out.next());
}

BOOST_AUTO_TEST_CASE(blames_the_message_at_the_readers_position_and_sets_it_aside_after_its_last_trial_alone) {
  for (const char c : {'a', 'b', 'c'}) add(c);
  BOOST_TEST(send() == "abc");
  die(0);
  BOOST_TEST(send() == "abc");
  die(0);
  BOOST_TEST(send() == "a");  // alone
  BOOST_TEST(out.holds_back());
  const auto toll = die(0);
  BOOST_TEST(names(toll.set_aside) == "a");
  BOOST_TEST(toll.set_aside[0]->deaths == 3);
  BOOST_TEST(send() == "bc");
}

BOOST_AUTO_TEST_CASE(goes_on_when_the_one_on_its_last_trial_was_released) {
  for (const char c : {'a', 'b'}) add(c);
  for (int i = 0; i != 2; ++i) {
    send();
    die(0);
  }
  BOOST_TEST(send() == "a");
  release(1);
  BOOST_TEST(!out.holds_back());
  BOOST_TEST(send() == "b");
}

BOOST_AUTO_TEST_CASE(tries_each_of_several_suspects_alone_so_that_only_the_guilty_is_set_aside) {
  std::vector<outbox::item> requests;
  for (const char c : {'A', 'B', 'C'}) requests.push_back(add(c, form::request));
  for (int i = 0; i != 2; ++i) {
    BOOST_TEST(send() == "ABC");
    die(3);  // it had taken all of them
  }
  BOOST_TEST(send() == "A");
  release(1);
  BOOST_TEST(send() == "");  // not answered yet
  out.answered(requests[0]);
  BOOST_TEST(send() == "B");
  const auto toll = die(2);
  BOOST_TEST(names(toll.set_aside) == "B");
  BOOST_TEST(send() == "C");
  out.answered(requests[2]);
  BOOST_TEST(die(1).again.empty());
}

BOOST_AUTO_TEST_CASE(blames_nobody_for_an_end_that_is_no_failure) {
  add('a');
  for (int i = 0; i != 10; ++i) {
    BOOST_TEST(send() == "a");
    const auto toll = die(0, false);
    BOOST_TEST(names(toll.again) == "a");
    BOOST_TEST(toll.again[0]->deaths == 0);
  }
}

BOOST_AUTO_TEST_CASE(blames_no_message_that_was_behind_something_else) {
  out.committed_other(0, size);
  position = size;
  sent = "?";
  add('a');
  send();
  const auto toll = die(0);
  BOOST_TEST(names(toll.again) == "a");
  BOOST_TEST(toll.again[0]->deaths == 0);
}

BOOST_AUTO_TEST_CASE(never_sets_aside_without_a_limit) {
  out = outbox(redelivery::at_least_once, 0);
  add('a');
  add('b');
  for (int i = 0; i != 10; ++i) {
    BOOST_TEST(send() == "ab");
    BOOST_TEST(die(0).set_aside.empty());
  }
}

BOOST_AUTO_TEST_CASE(loses_what_was_under_way_and_keeps_what_was_not_where_nothing_is_given_twice) {
  out = outbox(redelivery::at_most_once, 3);
  add('a');
  add('B', form::request);
  add('c');
  send();
  add('d');
  const auto toll = die(2);
  BOOST_TEST(names(toll.lost) == "Bc");
  BOOST_TEST(toll.again.empty());
  BOOST_TEST(send() == "d");
}

BOOST_AUTO_TEST_CASE(gives_no_reply_to_another_than_the_one_who_asked) {
  add('a', form::reply);
  send();
  add('b', form::reply);
  const auto toll = die(0);
  BOOST_TEST(toll.again.empty());
  BOOST_TEST(names(toll.lost) == "b");
}

BOOST_AUTO_TEST_SUITE_END()
