// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A plugin that answers each line with the number of its words, and at the end with the totals. The hosts are
// 04_launch, 05_coroutine_host and `belfry run`. It counts as wc does in the C locale: lines, words between white
// space, and bytes, of which each line has one more than its message, its newline.

#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>

namespace {

/// The kind of message with which these hosts, as `belfry run`, say that no more lines will come.
constexpr std::uint16_t end_of_input = 1;

struct totals {
  std::uint64_t lines = 0;
  std::uint64_t words = 0;
  std::uint64_t bytes = 0;
};

std::uint64_t count_words(std::string_view line) {
  constexpr std::string_view white_space = " \t\n\v\f\r";
  std::uint64_t words = 0;
  bool in_word = false;
  for (const char c : line) {
    const bool starts_word = !in_word && white_space.find(c) == std::string_view::npos;
    if (starts_word) ++words;
    in_word = white_space.find(c) == std::string_view::npos;
  }
  return words;
}

std::string to_text(const totals& t) {
  return "total: " + std::to_string(t.lines) + " lines, " + std::to_string(t.words) + " words, " +
         std::to_string(t.bytes) + " bytes";
}

/// Returns why it ended: no error if the host has heard the totals.
belfry::error_code serve(belfry::channel& channel) {
  belfry::error_code ec;
  totals sum;
  for (;;) {
    // Shows the message where it lies, in the memory that the host writes: nothing is copied.
    const auto message = channel.receiver().peek(ec);
    if (ec) return ec;
    if (message.kind() == end_of_input) break;

    const auto words = count_words(message.text());
    sum.lines += 1;
    sum.words += words;
    sum.bytes += message.size() + 1;
    channel.receiver().release();

    channel.sender().send(boost::asio::buffer(std::to_string(words)), ec);
    if (ec) return ec;
  }
  channel.sender().send(boost::asio::buffer(to_text(sum)), ec);
  return ec;
}

}  // namespace

int main() {
  boost::asio::io_context context;  // this plugin only blocks, so nothing runs in it
  auto channel = belfry::guest::attach_or_exit(context.get_executor());

  const auto ec = serve(channel);
  // A host that has gone, in whatever way, wants no answers any more. That is no failure of ours.
  if (ec && ec != belfry::error::closed && ec != belfry::error::peer_dead) {
    std::cerr << "word_count: " << ec.message() << '\n';
    return 1;
  }
  // Destroying the channel closes it: the host receives what was sent, and then sees `closed`.
}
