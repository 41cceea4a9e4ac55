// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "conversation.hpp"

#include "end_of_input.hpp"
#include "line_reader.hpp"
#include "terminal_log.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/log/trivial.hpp>

#include <cstdlib>
#include <string>
#include <variant>

#include <unistd.h>

namespace belfry::tool {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

}  // namespace

conversation::conversation(plugin& p, asio::signal_set& signals, std::chrono::milliseconds stop_grace, bool ours)
    : plugin_(p),
      signals_(signals),
      stop_grace_(stop_grace),
      ours_(ours),
      input_(p.get_executor(), STDIN_FILENO),
      output_(p.get_executor(), STDOUT_FILENO) {}

asio::awaitable<int> conversation::run() {
  listen_for_signals();
  co_await (send_lines() && print_replies());
  const exit_status status = co_await wait_for_exit();
  signals_.cancel();
  co_return status_after(status);
}

asio::awaitable<void> conversation::send_lines() {
  auto& sender = plugin_.channel().sender();
  line_reader lines(input_, sender.max_message_size());
  error_code ec;
  while (const auto line = co_await lines.next(ec)) {
    const auto message = asio::buffer(*line);
    if (sender.try_send(message, ec)) continue;
    if (!ec) co_await sender.async_send(message, asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return;  // the conversation has ended; print_replies learns why
  }
  if (ec == asio::error::operation_aborted) co_return;
  if (ec == error::message_too_large) {
    print_error("line " + std::to_string(lines.number()) + " is longer than the largest message, " +
                std::to_string(sender.max_message_size()) +
                " bytes; the input ends before it (see --ring-size and --large-memory)");
  } else if (ec) {
    print_error("cannot read standard input: " + ec.message());
  }
  // What came before is answered all the same.
  input_failed_ = ec.failed();
  co_await sender.async_send(asio::const_buffer(), end_of_input, asio::redirect_error(asio::use_awaitable, ec));
}

asio::awaitable<void> conversation::print_replies() {
  constexpr std::size_t flush_bytes = 64 * 1024;
  auto& receiver = plugin_.channel().receiver();
  std::string text;
  while (!output_failed_) {
    auto message = receiver.try_peek(replies_ended_);
    const bool nothing_now = !message;
    if (message) {
      text.append(message.text()).push_back('\n');
      receiver.release();
    }
    // Nothing is held back while we wait for more.
    if (!text.empty() && (nothing_now || text.size() >= flush_bytes)) {
      co_await output_.write(text, output_failed_);
      text.clear();
    } else if (replies_ended_) {
      break;
    } else if (nothing_now) {
      co_await receiver.async_peek(asio::redirect_error(asio::use_awaitable, replies_ended_));
      if (replies_ended_) break;
    }
  }
  if (output_failed_) hang_up();
  input_.cancel();
}

asio::awaitable<exit_status> conversation::wait_for_exit() {
  if (!ours_) co_return exit_status{exit_status::unknown};  // a debugger may hold it for as long as it likes
  asio::steady_timer patience(plugin_.get_executor(), stop_grace_);
  const auto first =
      co_await (plugin_.async_wait_exit(asio::use_awaitable) || patience.async_wait(asio::use_awaitable));
  if (const auto* status = std::get_if<exit_status>(&first)) co_return *status;
  if (signal_ == 0 && !output_failed_) {
    BOOST_LOG_TRIVIAL(warning) << "plugin " << plugin_.name() << " (pid " << plugin_.pid()
                               << ") has ended its channel but not itself in " << stop_grace_.count()
                               << " ms, and is made to (see --stop-grace)";
  }
  // The goodbye is said, and its time is over; what remains are SIGTERM and SIGKILL.
  stop_options rest;
  rest.goodbye = std::chrono::milliseconds(0);
  error_code ec;
  const auto status = co_await plugin_.async_stop(rest, asio::redirect_error(asio::use_awaitable, ec));
  co_return ec ? exit_status{exit_status::unknown} : status;  // the library has told of one that is left running
}

void conversation::listen_for_signals() {
  signals_.async_wait([this](const error_code& ec, int signal) {
    if (ec) return;
    if (signal_ != 0) {
      // Whoever says it twice does not want to wait.
      error_code ignored;
      if (ours_) plugin_.kill(ignored);
    } else {
      signal_ = signal;
      hang_up();
    }
    listen_for_signals();
  });
}

void conversation::hang_up() {
  plugin_.channel().close();
  input_.cancel();
  output_.cancel();
}

int conversation::status_after(const exit_status& status) const {
  if (signal_ != 0) return 128 + signal_;
  if (output_failed_ == boost::system::errc::broken_pipe) return EXIT_SUCCESS;  // nobody wants to read more
  if (output_failed_) {
    print_error("cannot write to standard output: " + output_failed_.message());
    return EXIT_FAILURE;
  }
  if (replies_ended_ == error::protocol_violation) return EXIT_FAILURE;
  if (ours_ && !status.success()) return status.code == exit_status::unknown ? EXIT_FAILURE : status.shell_status();
  return replies_ended_ == error::closed && !input_failed_ ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace belfry::tool
