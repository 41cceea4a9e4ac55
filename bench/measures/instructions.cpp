// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// What script/count-instructions counts: the functions below, each of which does one thing a thousand times, with nobody
// asleep. Noisy machines count instructions as well as quiet ones.

#include "commands.hpp"

#include <belfry/channel.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

using namespace belfry;

namespace {

constexpr int laps = 1000;
std::array<char, 64> message;

}  // namespace

// Their names are what valgrind is told to collect, so they must not be inlined, nor be mangled.
extern "C" {

[[gnu::noinline]] void count_send(sender& out, std::size_t size) {
  for (int i = 0; i != laps; ++i) out.send(boost::asio::buffer(message.data(), size));
}

[[gnu::noinline]] void count_receive(receiver& in, std::size_t size) {
  std::size_t total = 0;
  for (int i = 0; i != laps; ++i) total += in.receive(boost::asio::buffer(message));
  if (total != laps * size) std::abort();
}

[[gnu::noinline]] void count_reserve_commit(sender& out, std::size_t size) {
  for (int i = 0; i != laps; ++i) {
    std::memcpy(out.reserve(size).data(), message.data(), sizeof(std::uint64_t));
    out.commit(size);
  }
}

[[gnu::noinline]] void count_peek_release(receiver& in, std::size_t size) {
  for (int i = 0; i != laps; ++i) {
    if (in.peek().size() != size) std::abort();
    in.release();
  }
}

[[gnu::noinline]] void count_stage(sender& out, std::size_t size) {
  for (int i = 0; i != laps; ++i) {
    std::memcpy(out.reserve(size).data(), message.data(), sizeof(std::uint64_t));
    if (i % 16 == 15) out.commit(size);
    else out.stage(size);
  }
  out.publish();
}

[[gnu::noinline]] void count_peek_next(receiver& in, std::size_t size) {
  for (auto m = in.peek(); m; m = in.try_peek_next()) {
    if (m.size() != size) std::abort();
  }
  in.release();
}
}

namespace belfry::bench {

void run_for_counting() {
  // Which the compiler must not know, lest it make functions of other names for just this size.
  const volatile std::size_t told = 64;
  const std::size_t size = told;
  boost::asio::io_context context;
  auto [a, handle] = channel::create_pair(context.get_executor(), {1 << 20, 1 << 20});
  auto b = channel::from_handle(context.get_executor(), std::move(handle));
  count_send(a.sender(), size);
  count_receive(b.receiver(), size);
  count_reserve_commit(a.sender(), size);
  count_peek_release(b.receiver(), size);
  count_stage(a.sender(), size);
  count_peek_next(b.receiver(), size);
}

}  // namespace belfry::bench
