// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "run.hpp"

#include "conversation.hpp"
#include "terminal_log.hpp"

#include <belfry/acceptor.hpp>
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
#include <iostream>
#include <utility>
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

channel_options to_channel_options(const run_options& options) {
  channel_options result;
  result.outgoing_capacity = options.ring_size_bytes;
  result.incoming_capacity = options.ring_size_bytes;
  result.outgoing_large.bytes = options.large_memory_bytes;
  result.incoming_large.bytes = options.large_memory_bytes;
  return result;
}

launch_options to_launch_options(const run_options& options) {
  launch_options result;
  result.executable = options.plugin;
  result.arguments = options.arguments;
  result.name = options.name;
  result.out = stdio_target::descriptor(STDERR_FILENO);  // our standard output is for replies
  result.channel = to_channel_options(options);
  result.autopsy.folder = options.autopsy_folder;
  result.handshake_timeout = options.handshake_timeout;
  result.stop.goodbye = options.stop_grace;
  return result;
}

bool came_to_no_terms(const error_code& ec) {
  return ec == error::not_a_plugin || ec == error::exited_before_handshake || ec == error::handshake_timeout ||
         ec == error::version_mismatch || ec == error::refused;
}

int status_without_plugin(const error_code& ec, const run_options& options) {
  if (came_to_no_terms(ec)) return status_no_terms;
  // The library has told about it; but that we did not do what we were asked to is said however quiet the log is.
  if (options.verbosity == verbosity::quiet) {
    print_error((options.plugin.empty() ? "cannot listen at " + options.listen : "cannot launch " + options.plugin) +
                ": " + ec.message());
  }
  return EXIT_FAILURE;
}

/// Talks with the plugin that `meeting` brings.
template <class Meeting>
asio::awaitable<int> meet_and_talk(Meeting meeting, asio::signal_set& signals, const run_options& options) {
  auto first = co_await (meeting(asio::as_tuple(asio::use_awaitable)) || signals.async_wait(asio::use_awaitable));
  if (const int* signal = std::get_if<int>(&first)) co_return 128 + *signal;

  auto [ec, p] = std::get<0>(std::move(first));
  if (ec) co_return status_without_plugin(ec, options);
  conversation talk(p, signals, options.stop_grace, options.listen.empty());
  co_return co_await talk.run();
}

asio::awaitable<int> launch_and_talk(launcher& l, asio::signal_set& signals, const run_options& options) {
  const auto launch = [&](auto token) { return l.async_launch(to_launch_options(options), token); };
  return meet_and_talk(launch, signals, options);
}

asio::awaitable<int> accept_and_talk(acceptor& a, asio::signal_set& signals, const run_options& options) {
  return meet_and_talk([&](auto token) { return a.async_accept(token); }, signals, options);
}

acceptor listen(const asio::any_io_executor& executor, const run_options& options) {
  acceptor_options result;
  result.name = options.name;
  result.channel = to_channel_options(options);
  result.handshake_timeout = options.handshake_timeout;
  result.autopsy.folder = options.autopsy_folder;
  acceptor door(executor, options.listen, result);
  if (options.verbosity != verbosity::quiet) {
    std::cerr << "belfry: waiting for a plugin that is started with BELFRY_HOST=" << options.listen << std::endl;
  }
  return door;
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
  acceptor door;
  if (!options.listen.empty()) door = listen(context.get_executor(), options);
  auto all = door.is_open() ? accept_and_talk(door, signals, options) : launch_and_talk(l, signals, options);
  co_spawn(context, std::move(all), [&](std::exception_ptr e, int s) {
    failure = std::move(e);
    status = s;
    context.stop();  // whoever may still wait for a signal has nobody to tell
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return status;
}

}  // namespace belfry::tool
