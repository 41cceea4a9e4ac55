// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "run.hpp"

#include "conversation.hpp"
#include "terminal_log.hpp"

#include <belfry/launcher.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <variant>

#include <unistd.h>

namespace belfry::tool {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

/// The plugin could be started, and it did not come to terms with us.
constexpr int status_no_terms = 2;

/// Undoes what a parent may have left to us: an ignored SIGCHLD would hide how the plugin ended. And writing to a pipe
/// that nobody reads becomes an error, not our death.
void settle_signals() {
  std::signal(SIGCHLD, SIG_DFL);
  std::signal(SIGPIPE, SIG_IGN);  // the launcher does not pass this on
}

bool is_ignored(int signal) {
  struct sigaction action{};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void listen_to_signals(asio::signal_set& signals) {
  // One that is ignored stays so: that is how nohup, and a shell for its background jobs, asks for it.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(signal)) signals.add(signal);
  }
}

launch_options to_launch_options(const run_options& options) {
  launch_options result;
  result.executable = options.plugin;
  result.arguments = options.arguments;
  result.name = options.name;
  result.out = stdio_target::descriptor(STDERR_FILENO);  // our standard output is for replies
  result.channel.outgoing_capacity = options.ring_size_bytes;
  result.channel.incoming_capacity = options.ring_size_bytes;
  result.channel.outgoing_large.bytes = options.large_memory_bytes;
  result.channel.incoming_large.bytes = options.large_memory_bytes;
  result.autopsy.folder = options.autopsy_folder;
  result.handshake_timeout = options.handshake_timeout;
  result.stop_grace = options.stop_grace;
  return result;
}

bool came_to_no_terms(const error_code& ec) {
  return ec == error::not_a_plugin || ec == error::exited_before_handshake || ec == error::handshake_timeout ||
         ec == error::version_mismatch || ec == error::refused;
}

int status_without_plugin(const error_code& ec, const run_options& options) {
  if (came_to_no_terms(ec)) return status_no_terms;
  // The library has told about it; but that we did not do what we were asked to is said however quiet the log is.
  if (options.verbosity == verbosity::quiet) print_error("cannot launch " + options.plugin + ": " + ec.message());
  return EXIT_FAILURE;
}

asio::awaitable<int> launch_and_talk(launcher& l, asio::signal_set& signals, const run_options& options) {
  auto first = co_await (l.async_launch(to_launch_options(options), asio::as_tuple(asio::use_awaitable)) ||
                         signals.async_wait(asio::use_awaitable));
  if (const int* signal = std::get_if<int>(&first)) co_return 128 + *signal;

  auto [ec, p] = std::get<0>(std::move(first));
  if (ec) co_return status_without_plugin(ec, options);
  conversation talk(p, signals, options.stop_grace);
  co_return co_await talk.run();
}

}  // namespace

int run(const run_options& options) {
  settle_signals();
  log_to_terminal(options.verbosity);

  asio::io_context context(1);
  asio::signal_set signals(context);
  listen_to_signals(signals);
  launcher l(context.get_executor());

  int status = EXIT_FAILURE;
  std::exception_ptr failure;
  co_spawn(context, launch_and_talk(l, signals, options), [&](std::exception_ptr e, int s) {
    failure = std::move(e);
    status = s;
    context.stop();  // whoever may still wait for a signal has nobody to tell
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return status;
}

}  // namespace belfry::tool
