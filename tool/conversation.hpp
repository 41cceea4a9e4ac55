// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TOOL_CONVERSATION_HPP
#define BELFRY_TOOL_CONVERSATION_HPP

#include "standard_stream.hpp"

#include <belfry/plugin.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>

namespace belfry::tool {

/// Lines go to the plugin and replies come back, until the plugin is through or something else ends it.
///
/// Sending and printing are two coroutines, and neither waits for the other. So no plugin that answers nothing or much,
/// and no slow reader behind us, can bring it to a stop for ever.
class conversation {
 public:
  /// Refers to the plugin and the signals, which tell it to stop. A plugin that is not `ours`, since it walked in, is neither
  /// waited for nor killed.
  conversation(plugin&, boost::asio::signal_set&, std::chrono::milliseconds stop_grace, bool ours);

  /// Returns the command's exit status when all is over and the plugin has ended.
  boost::asio::awaitable<int> run();

 private:
  boost::asio::awaitable<void> send_lines();
  boost::asio::awaitable<void> print_replies();
  boost::asio::awaitable<exit_status> wait_for_exit();
  void listen_for_signals();
  void hang_up();
  int status_after(const exit_status&) const;

  plugin& plugin_;
  boost::asio::signal_set& signals_;
  std::chrono::milliseconds stop_grace_;
  bool ours_;
  standard_stream input_;
  standard_stream output_;

  error_code replies_ended_;  // why no more of them came
  error_code output_failed_;
  bool input_failed_ = false;
  int signal_ = 0;  // the first that came
};

}  // namespace belfry::tool

#endif
