// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/doorbell.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/prepend.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <future>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <vector>

#define BOOST_TEST_MODULE asio_model
#include "support/channel_fixture.hpp"
#include "support/completion.hpp"

#include <boost/test/unit_test.hpp>

// What a user of Asio expects of an asynchronous operation, whoever handles it and wherever.

using belfry::channel;
using belfry::doorbell;
using belfry::error_code;
using belfry::message_view;
namespace asio = boost::asio;
namespace test = belfry::test;

namespace {

struct fixture : test::channel_fixture {
  template <class Condition>
  void run_until(Condition condition) {
    while (!condition()) {
      context.restart();
      context.run_one();
    }
  }

  std::string text;
};

/// Counts what an operation takes from its handler's allocator.
struct account {
  std::atomic<int> taken{0};
  std::atomic<int> given_back{0};
};

template <class T>
struct counting_allocator {
  using value_type = T;
  explicit counting_allocator(account* a) : book(a) {}
  template <class U>
  counting_allocator(const counting_allocator<U>& other) : book(other.book) {}
  T* allocate(std::size_t n) {
    ++book->taken;
    return static_cast<T*>(::operator new(n * sizeof(T)));
  }
  void deallocate(T* p, std::size_t) {
    ++book->given_back;
    ::operator delete(p);
  }
  bool operator==(const counting_allocator& other) const { return book == other.book; }

  account* book;
};

/// A completion token of the user's own: the operation's results go into a variable.
template <class... Results>
struct into {
  std::optional<std::tuple<Results...>>* where;
};

}  // namespace

template <class... Results, class... Arguments>
struct boost::asio::async_result<into<Results...>, void(Arguments...)> {
  template <class Initiation, class... Rest>
  static void initiate(Initiation initiation, into<Results...> token, Rest&&... rest) {
    std::move(initiation)([where = token.where](Arguments... results) { where->emplace(results...); },
                          std::forward<Rest>(rest)...);
  }
};

BOOST_FIXTURE_TEST_CASE(adapters_of_tokens_work, fixture) {
  int appended = 0;
  a.sender().async_send(asio::buffer("1", 1), asio::append([&](error_code, int n) { appended = n; }, 7));
  run();
  BOOST_TEST(appended == 7);

  int prepended = 0;
  b.receiver().async_receive(asio::dynamic_buffer(text),
                             asio::prepend([&](int n, error_code, std::size_t) { prepended = n; }, 8));
  run();
  BOOST_TEST(prepended == 8);

  error_code ec = make_error_code(belfry::error::closed);
  a.sender().async_wait_drained(asio::redirect_error(asio::detached, ec));
  run();
  BOOST_TEST(!ec);

  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        co_await a.sender().async_send(asio::buffer("2", 1), asio::as_tuple(asio::use_awaitable));
        const auto [e, message] = co_await b.receiver().async_peek(asio::as_tuple(asio::use_awaitable));
        BOOST_TEST(!e);
        BOOST_TEST(message.text() == "2");
      },
      asio::detached);
  run();
}

BOOST_FIXTURE_TEST_CASE(a_token_of_the_users_own_works, fixture) {
  std::optional<std::tuple<error_code>> sent;
  std::optional<std::tuple<error_code, std::size_t>> received;
  std::optional<std::tuple<error_code, message_view>> peeked;
  a.sender().async_send(asio::buffer("12", 2), into<error_code>{&sent});
  b.receiver().async_peek(into<error_code, message_view>{&peeked});
  run();
  BOOST_TEST(sent.has_value());
  BOOST_TEST(std::get<1>(peeked.value()).text() == "12");
  b.receiver().async_receive(asio::dynamic_buffer(text), into<error_code, std::size_t>{&received});
  run();
  BOOST_TEST(std::get<1>(received.value()) == 2u);
}

BOOST_FIXTURE_TEST_CASE(memory_comes_from_the_handlers_allocator_and_is_given_back_before_completion, fixture) {
  const auto nothing = [] {};
  // What `initiate` starts with this handler is then made to complete by `bring_about`.
  const auto check = [&](const char* name, auto initiate, auto bring_about) {
    constexpr bool completes_by_itself = std::is_same_v<decltype(bring_about), std::remove_const_t<decltype(nothing)>>;
    account book;
    bool done = false;
    initiate(asio::bind_allocator(counting_allocator<char>(&book), [&](auto&&...) {
      done = true;
      BOOST_TEST(book.given_back == book.taken, name);
    }));
    BOOST_TEST(book.taken > 0, name);
    poll();
    BOOST_TEST(done == completes_by_itself, name);
    bring_about();
    run();
    BOOST_TEST(done, name);
    BOOST_TEST(book.given_back == book.taken, name);
  };
  const auto send = [&] { a.sender().send(asio::buffer("x", 1)); };
  const auto receive = [&](auto h) { b.receiver().async_receive(asio::dynamic_buffer(text), h); };
  check("send", [&](auto h) { a.sender().async_send(asio::buffer("x", 1), h); }, nothing);
  check("receive what is there", receive, nothing);
  check("receive", receive, send);
  check("cancelled receive", receive, [&] { b.receiver().cancel(); });
  check("peek", [&](auto h) { b.receiver().async_peek(h); }, send);
  check("drain", [&](auto h) { a.sender().async_wait_drained(h); }, [&] { b.receiver().release(); });
  check("reserve", [&](auto h) { a.sender().async_reserve(1, h); }, nothing);
  a.sender().abandon();

  const std::string much(a.sender().capacity() / 2, 'm');
  const auto make_room = [&] {
    b.receiver().peek();
    b.receiver().release();
  };
  const auto send_much = [&](auto h) { a.sender().async_send(asio::buffer(much), h); };
  a.sender().send(asio::buffer(much));
  check("send that waits for room", send_much, make_room);
  std::optional<error_code> first;
  a.sender().async_send(asio::buffer(much), test::into(first));
  check("send that waits for its turn", send_much, [&] {
    make_room();
    run_until([&] { return first.has_value(); });
    make_room();
  });
  make_room();

  std::array<char, 8> reply{};
  check(
      "request", [&](auto h) { a.async_request(asio::buffer("?", 1), 0, asio::buffer(reply), h); },
      [&] {
        const auto id = b.receiver().peek().request();
        b.receiver().release();
        b.reply(id, asio::buffer("!", 1));
      });
  check("reply", [&](auto h) { b.async_reply(belfry::request_id{99}, asio::buffer("!", 1), 0, h); }, nothing);
  a.receiver().try_peek();  // drops it
  a.accept_descriptors(1);
  check("descriptor", [&](auto h) { a.async_receive_descriptor(h); }, [&] { b.send_descriptor("input", 0); });
  check("close", [&](auto h) { a.async_close(h); }, nothing);

  auto [mine, handle] = doorbell::create_pair(context.get_executor());
  auto theirs = doorbell::from_handle(context.get_executor(), std::move(handle));
  check("wait for a bell", [&](auto h) { mine.async_wait(h); }, [&] { theirs.signal(); });
  check("ring", [&](auto h) { theirs.async_signal(h); }, nothing);
}

BOOST_FIXTURE_TEST_CASE(completion_is_where_the_handlers_executor_says, fixture) {
  asio::thread_pool elsewhere(1);
  std::promise<std::thread::id> where;
  b.receiver().async_peek(asio::bind_executor(
      elsewhere.get_executor(), [&](error_code, message_view) { where.set_value(std::this_thread::get_id()); }));
  a.sender().send(asio::buffer("x", 1));
  auto there = where.get_future();
  while (there.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    poll();
  }
  BOOST_TEST(there.get() != std::this_thread::get_id());
}

namespace {

asio::awaitable<void> echo(channel& c, std::uint64_t count) {
  for (std::uint64_t i = 0; i != count; ++i) {
    std::uint64_t number = 0;
    co_await c.receiver().async_receive(asio::buffer(&number, sizeof number), asio::use_awaitable);
    co_await c.sender().async_send(asio::buffer(&number, sizeof number), asio::use_awaitable);
  }
}

asio::awaitable<bool> ask(channel& c, std::uint64_t count) {
  bool right = true;
  for (std::uint64_t i = 0; i != count; ++i) {
    std::uint64_t number = 0;
    co_await c.sender().async_send(asio::buffer(&i, sizeof i), asio::use_awaitable);
    co_await c.receiver().async_receive(asio::buffer(&number, sizeof number), asio::use_awaitable);
    right = right && number == i;
  }
  co_return right;
}

constexpr std::uint64_t laps = 2'000;

}  // namespace

BOOST_AUTO_TEST_CASE(it_works_on_a_thread_pool) {
  asio::thread_pool pool(4);
  auto sides = test::make_channels(pool.get_executor());
  auto right = asio::co_spawn(asio::make_strand(pool), ask(sides.a, laps), asio::use_future);
  auto done = asio::co_spawn(asio::make_strand(pool), echo(sides.b, laps), asio::use_future);
  BOOST_TEST(right.get());
  done.get();
}

BOOST_AUTO_TEST_CASE(it_works_on_an_io_context_with_several_threads) {
  asio::io_context context(3);
  std::vector<test::both_sides> pairs;
  for (int i = 0; i != 4; ++i) pairs.push_back(test::make_channels(context.get_executor()));
  std::vector<std::future<bool>> right;
  for (auto& pair : pairs) {
    right.push_back(asio::co_spawn(asio::make_strand(context), ask(pair.a, laps), asio::use_future));
    asio::co_spawn(asio::make_strand(context), echo(pair.b, laps), asio::detached);
  }
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i != 3; ++i) threads.emplace_back([&] { context.run(); });
  }
  for (auto& r : right) BOOST_TEST(r.get());
}

BOOST_AUTO_TEST_CASE(it_works_with_a_strand_as_its_executor) {
  asio::thread_pool pool(4);
  const auto strand = asio::make_strand(pool);
  auto sides = test::make_channels(strand);
  auto right = asio::co_spawn(strand, ask(sides.a, laps), asio::use_future);
  asio::co_spawn(strand, echo(sides.b, laps), asio::detached);
  BOOST_TEST(right.get());
}
