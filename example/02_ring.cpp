// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A ring carries messages one way through shared memory: no system call, no waiting, no allocation. Most programs use
// a channel, which adds the waiting; this shows what is below it.

#include <belfry/ring_reader.hpp>
#include <belfry/ring_writer.hpp>
#include <belfry/segment.hpp>
#include <belfry/segment_handle.hpp>

#include <algorithm>
#include <iostream>
#include <string_view>

namespace {

/// Writes a message where the reader will find it: nothing is copied a second time.
bool write(belfry::ring_writer& writer, std::string_view text, std::uint16_t kind = 0) {
  belfry::error_code ec;
  const auto room = writer.try_reserve(text.size(), ec);
  if (room.data() == nullptr) {
    std::cout << "not written: " << (ec ? ec.message() : "no room now") << '\n';
    return false;
  }
  std::ranges::transform(text, room.begin(), [](char c) { return static_cast<std::byte>(c); });
  writer.commit(text.size(), kind);  // from here on the reader sees it
  return true;
}

}  // namespace

int main() {
  // Every shared page has one writer. So each side owns a segment, which the other can only read: the one has the
  // messages in it, the other tells how far they have been read.
  const auto writer_memory = belfry::segment_handle::create(64 * 1024);
  const auto reader_memory = belfry::segment_handle::create(64 * 1024);

  // Two processes would each make two of these four mappings: its own for writing, the other's for reading.
  const auto writers_own = belfry::segment::map_own(writer_memory);
  const auto writers_view = belfry::segment::map_peer(reader_memory);
  const auto readers_own = belfry::segment::map_own(reader_memory);
  const auto readers_view = belfry::segment::map_peer(writer_memory);

  belfry::ring_writer writer(writers_own, writers_view);
  belfry::ring_reader reader(readers_own, readers_view);
  std::cout << "capacity " << writer.capacity() << ", largest message " << writer.max_message_size() << '\n';

  // What is reserved but not committed does not exist yet.
  belfry::error_code ec;
  (void)writer.try_reserve(100, ec);
  std::cout << "a message after a reservation? " << (reader.try_peek(ec) ? "yes" : "no") << '\n';

  // A message is bytes, and a number for the user's own meaning. An empty message is one too.
  write(writer, "first", 7);
  write(writer, "");
  write(writer, "third");
  while (const auto message = reader.try_peek(ec)) {
    std::cout << "kind " << message.kind() << ", " << message.size() << " bytes: '" << message.text() << "'\n";
    reader.release();  // gives its room back to the writer; the view is invalid from here on
  }
  // An empty view without an error: there is nothing now. With an error: the writer put something impossible there.
  std::cout << "the end: " << (ec ? ec.message() : "nothing more") << '\n';

  // A message that can never fit is an error, and the ring goes on.
  write(writer, std::string(writer.max_message_size() + 1, 'x'));

  // One that does not fit now is none. Each takes its size, rounded up to 8, and 8 for its header.
  int written = 0;
  while (write(writer, std::string(100, 'x'))) ++written;
  std::cout << "written until the ring was full: " << written << '\n';

  if (reader.try_peek(ec)) reader.release();
  std::cout << "one released, another fits: " << (write(writer, std::string(100, 'x')) ? "yes" : "no") << '\n';
}
