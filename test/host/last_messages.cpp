// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE last messages of a ring
#include "../../src/host/last_messages.hpp"

#include <belfry/ring_reader.hpp>
#include <belfry/ring_writer.hpp>
#include <belfry/segment.hpp>
#include <belfry/segment_handle.hpp>

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <string>
#include <vector>

using namespace belfry;
using detail::message_times;

namespace {

constexpr std::size_t capacity = 4096;

/// A ring whose two sides are here, and what went through it.
struct fixture {
  segment_handle writers_file = segment_handle::create(capacity);
  segment_handle readers_file = segment_handle::create(capacity);
  segment writers = segment::map_own(writers_file);
  segment readers = segment::map_own(readers_file);
  ring_writer out{writers, readers};
  ring_reader in{readers, writers};
  autopsy_options options{.folder = {}, .messages = 1000, .bytes_per_message = 8, .keep_times = false};
  std::vector<message_times::entry> known;
  std::vector<std::uint64_t> starts;  // of all messages ever
  std::uint64_t seed = 1;

  std::uint64_t random() { return (seed = seed * 6364136223846793005U + 1442695040888963407U) >> 20; }

  bool write(const std::string& text, std::uint16_t kind = 7, std::uint64_t flags = 0) {
    error_code ec;
    const auto room = out.try_reserve(text.size(), ec);
    if (room.data() == nullptr) return false;
    std::memcpy(room.data(), text.data(), text.size());
    starts.push_back(out.position());
    out.commit(text.size(), kind, flags);
    return true;
  }
  void read() {
    error_code ec;
    BOOST_TEST_REQUIRE(static_cast<bool>(in.try_peek(ec)));
    in.release();
  }

  std::vector<recorded_message> last(bool known_when_released = false) {
    return detail::last_messages(detail::ring_bytes(writers),
                                 {in.position(), out.position(), known, known_when_released}, options);
  }

  /// Those of which the ring still holds all bytes: the word behind the last message is overwritten too.
  std::vector<std::uint64_t> kept() const {
    std::vector<std::uint64_t> result;
    for (const auto s : starts) {
      if (s + capacity >= out.position() + 8) result.push_back(s);
    }
    return result;
  }
  /// All of those are found, but for the oldest, and nothing else is.
  void check_all() {
    std::vector<std::uint64_t> found;
    for (const auto& m : last()) found.push_back(m.position);
    auto expected = kept();
    if (found.size() + 1 == expected.size() && out.position() > capacity - 8) expected.erase(expected.begin());
    BOOST_TEST_REQUIRE(found == expected, boost::test_tools::per_element());
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(the_last_messages, fixture)

BOOST_AUTO_TEST_CASE(of_an_empty_ring_are_none) { BOOST_TEST(last().empty()); }

BOOST_AUTO_TEST_CASE(are_told_with_their_kind_size_bytes_and_whether_they_were_read) {
  write("first", 1);
  write("", 2);
  write("the third", 3);
  read();
  read();
  const auto found = last();
  BOOST_TEST_REQUIRE(found.size() == 3U);
  BOOST_TEST(found[0].first_bytes == "first");
  BOOST_TEST(found[0].kind == 1U);
  BOOST_TEST(found[0].released);
  BOOST_TEST(found[1].size == 0U);
  BOOST_TEST(found[1].released);
  BOOST_TEST(found[2].first_bytes == "the thir");
  BOOST_TEST(found[2].size == 9U);
  BOOST_TEST(!found[2].released);
  BOOST_TEST(!found[2].time);
}

BOOST_AUTO_TEST_CASE(are_no_more_than_asked_for_but_the_one_at_which_the_reader_stood_is_among_them) {
  for (int i = 0; i != 20; ++i) write(std::to_string(i));
  for (int i = 0; i != 5; ++i) read();
  options.messages = 3;
  const auto found = last();
  BOOST_TEST_REQUIRE(found.size() == 4U);
  BOOST_TEST(found[0].first_bytes == "5");
  BOOST_TEST(found[1].first_bytes == "17");
  BOOST_TEST(found[3].first_bytes == "19");
  options.messages = 0;
  BOOST_TEST(last().empty());
}

BOOST_AUTO_TEST_CASE(are_requests_replies_and_large_ones_too) {
  const std::uint64_t number = 5;
  const std::string numbered(reinterpret_cast<const char*>(&number), sizeof number);
  const detail::region_reference where{1, 100'000};
  const std::string reference(reinterpret_cast<const char*>(&where), sizeof where);
  write(numbered + "ask", 1, detail::message_header::request);
  write(numbered + "answer", 2, detail::message_header::reply);
  write(reference, 3, detail::message_header::large);
  const auto found = last();
  BOOST_TEST_REQUIRE(found.size() == 3U);
  BOOST_TEST((found[0].what == recorded_message::type::request));
  BOOST_TEST(found[0].number == number);
  BOOST_TEST(found[0].first_bytes == "ask");
  BOOST_TEST((found[1].what == recorded_message::type::reply));
  BOOST_TEST(found[2].large);
  BOOST_TEST(found[2].size == 100'000U);
  BOOST_TEST(found[2].first_bytes.empty());
}

BOOST_AUTO_TEST_CASE(are_found_after_any_number_of_rounds_of_the_ring) {
  for (int i = 0; i != 5000; ++i) {
    const auto size = random() % (i % 7 == 0 ? 1500 : 60);
    std::string text(size, '\0');
    // Payloads of the kinds that look like headers: small numbers, and doubles of both signs.
    for (std::size_t at = 0; at + 8 <= size; at += 8) {
      const double value = static_cast<double>(random() % 1000) - 500;
      std::memcpy(&text[at], &value, 8);
    }
    while (!write(text)) read();
    if (random() % 3 == 0 && in.position() != out.position()) read();
    if (i % 50 != 0) continue;
    check_all();
  }
}

BOOST_AUTO_TEST_CASE(are_not_misled_by_a_header_within_a_message_that_ends_where_the_message_does) {
  const std::uint64_t header = detail::message_header::encode(8, 99);
  std::string decoy(24, 'x');
  std::memcpy(&decoy[8], &header, 8);  // 8 bytes behind it, as its length says
  for (int i = 0; i != 500; ++i) {
    while (!write(decoy)) read();
    read();
  }
  for (const auto& m : last()) BOOST_TEST(m.kind == 7U);
  check_all();
}

BOOST_AUTO_TEST_CASE(are_exact_where_it_was_noted_where_they_began_and_have_their_times) {
  // Messages that hold whole chains of headers mislead who has nothing but the ring.
  std::string chain(64, '\0');
  for (std::size_t at = 0; at != 64; at += 8) {
    const std::uint64_t header = detail::message_header::encode(0, 99);
    std::memcpy(&chain[at], &header, 8);
  }
  message_times times(16);
  for (int i = 0; i != 200; ++i) {
    while (!write(chain)) read();
    times.add(starts.back());
  }
  known = times.all();
  BOOST_TEST(known.size() == 16U);
  options.messages = 16;
  while (in.position() != out.position()) read();
  const auto found = last();
  BOOST_TEST_REQUIRE(found.size() == 16U);
  for (const auto& m : found) {
    BOOST_TEST(m.kind == 7U);
    BOOST_TEST_REQUIRE(m.time.has_value());
    BOOST_TEST((*m.time <= std::chrono::system_clock::now() + std::chrono::seconds(1)));
  }
}

BOOST_AUTO_TEST_CASE(have_a_time_only_if_they_were_released_where_that_is_what_was_noted) {
  message_times times(16);
  write("read");
  write("not read");
  times.add(in.position());
  read();
  known = times.all();
  const auto found = last(true);
  BOOST_TEST_REQUIRE(found.size() == 2U);
  BOOST_TEST(found[0].time.has_value());
  BOOST_TEST(!found[1].time.has_value());
}

BOOST_AUTO_TEST_CASE(are_found_from_where_the_writer_stands_if_the_reader_tells_nonsense) {
  for (int i = 0; i != 300; ++i) {
    while (!write(std::to_string(i))) read();
  }
  options.messages = 5;
  for (const std::uint64_t nonsense :
       {out.position() + 8, out.position() - 3, out.position() - capacity, ~std::uint64_t{0}, std::uint64_t{1} << 63}) {
    const auto found = detail::last_messages(detail::ring_bytes(writers), {nonsense, out.position()}, options);
    BOOST_TEST_REQUIRE(found.size() == 5U);
    BOOST_TEST(found.front().first_bytes == "295");
    BOOST_TEST(found.back().first_bytes == "299");
    for (const auto& m : found) BOOST_TEST(!m.released);
  }
}

BOOST_AUTO_TEST_CASE(are_copied_from_any_nonsense_without_leaving_the_ring) {
  for (int lap = 0; lap != 300; ++lap) {
    for (std::size_t i = 0; i != capacity / 8; ++i) {
      const std::uint64_t header =
          detail::message_header::encode(static_cast<std::uint32_t>(random() % 5000), 1) | (random() % 8) << 48;
      const std::uint64_t value = lap % 2 == 0 ? header : random() << 44 ^ random();
      std::memcpy(writers.data() + 8 * i, &value, sizeof value);
    }
    const std::uint64_t written = lap % 5 == 0 ? random() << 40 : 8 * (random() % 100'000);
    const std::uint64_t released = lap % 3 == 0 ? random() << 30 : written - 8 * (random() % 600);
    known.clear();
    for (int i = 0; i != 5; ++i) known.push_back({random() % 1'000'000, {}});
    const auto found = detail::last_messages(detail::ring_bytes(writers), {released, written, known, false}, options);
    for (const auto& m : found) BOOST_TEST(m.first_bytes.size() <= options.bytes_per_message);
  }
}

BOOST_AUTO_TEST_CASE(noted_times_leave_out_what_was_overwritten) {
  message_times times(4);
  BOOST_TEST(times.all().empty());
  for (std::uint64_t i = 0; i != 10; ++i) times.add(i);
  std::vector<std::uint64_t> found;
  for (const auto& e : times.all()) found.push_back(e.position);
  BOOST_TEST(found == (std::vector<std::uint64_t>{6, 7, 8, 9}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
