// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_STYLE_HPP
#define BELFRY_BENCH_SUPPORT_STYLE_HPP

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <stdexcept>

namespace belfry::bench {

/// How a side is used, which decides how the programs of the measures are written for it.
enum class style {
  blocking,    ///< `send(bytes)` and `receive(bytes)` return when it is done.
  coroutines,  ///< `context()`, and `send` and `receive` take a completion token too; the programs co_await them.
  callbacks,   ///< The same; the programs pass functions.
};

/// Runs a coroutine to its end in a context that does nothing else.
inline void run(boost::asio::io_context& context, boost::asio::awaitable<void> program) {
  boost::asio::co_spawn(context, std::move(program), [](std::exception_ptr e) {
    if (e) std::rethrow_exception(e);
  });
  context.run();
}

}  // namespace belfry::bench

#endif
