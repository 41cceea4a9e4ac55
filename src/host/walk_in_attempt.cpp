// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "walk_in_attempt.hpp"

#include "../posix/environment.hpp"
#include "../posix/host_socket.hpp"
#include "../walk_in.hpp"
#include "plugin_impl.hpp"
#include "posix/listening_socket.hpp"

#include <belfry/detail/deadline.hpp>

#include <algorithm>
#include <utility>

namespace belfry::detail {

walk_in_attempt::walk_in_attempt(boost::asio::any_io_executor executor, const acceptor_options& options,
                                 const std::string& path)
    : executor_(std::move(executor)),
      options_(options),
      path_(path),
      deadline_(time_after(options.handshake_timeout)) {}

void walk_in_attempt::start(posix::unique_descriptor connection, error_code& ec) {
  ec.clear();
  identify(connection.get());
  if (failed_) return;
  channel_handle ends;
  std::tie(parts_, ends) = make_parts(executor_, options_.channel, ec);
  if (ec) return;
  waiter_ = std::make_unique<posix::bell_waiter>(executor_, posix::bell_waiter::no_bell, parts_.line.native_handle());
  error_code failure;
  auto line = lifeline::from_native_handle(connection.get(), failure);
  if (!failure) {
    connection.release();
    send_ends(line, ends, options_.descriptors, failure);
  }
  if (failure == error::peer_dead) fail(error::exited_before_handshake, "it left before it had greeted");
  else if (failure) fail(failure, "it could not be given its ends");
  if (options_.observable) {
    own_file_ = std::move(ends.peer_segment);
    peer_file_ = std::move(ends.own_segment);
  }
  // The ends are dropped here: as long as this process held them, it would never hear of the plugin's death. What is on its
  // way stays so, though the connection is closed.
}

/// Another host that looks whether this one lives, before it takes its place, connects and says no word.
void walk_in_attempt::identify(int connection) {
  error_code ec;
  const auto who = posix::peer_credentials(connection, ec);
  if (ec) return fail(ec, "who it is could not be learned");
  pid_ = who.pid;
  const auto& others = options_.users;
  if (who.user != posix::own_user() && std::find(others.begin(), others.end(), who.user) == others.end()) {
    return refuse(connection, "user " + std::to_string(who.user) + " may not walk in");
  }
  if (who.pid <= 0) return refuse(connection, "its process cannot be seen from here (another pid namespace?)");
  auto process = posix::peer_process(connection, who.pid, ec);
  if (ec) return fail(ec, "its process could not be taken hold of");
  child_ = std::make_shared<posix::child>(who.pid, std::move(process));
}

void walk_in_attempt::refuse(int connection, const std::string& why) {
  error_code ec;
  auto line = lifeline::from_native_handle(connection, ec);
  if (!ec) line.send(frame_type::refusal, encode(refusal{error::refused, why}), ec);
  line.release();  // it is the caller's
  fail(error::refused, why);
}

bool walk_in_attempt::advance() {
  if (failed_) return true;
  frame f;
  error_code ec;
  switch (parts_.line.try_receive(f, ec)) {
    case lifeline::status::nothing:
      if (!ec) return false;
      fail(error::not_a_plugin, "what it said is no greeting");
      return true;
    case lifeline::status::ended: fail(error::exited_before_handshake, "it left before it had greeted"); return true;
    case lifeline::status::frame: break;
  }
  if (f.sender_pid != pid_) {
    // It also tells that the pidfd is that process's: where it was opened by the number, the process had it then.
    fail(error::refused, "it was another process that greeted (pid " + std::to_string(f.sender_pid) + ")");
    return true;
  }
  auto decision = host_handshake(posix::program_name(), options_.name).on_frame(f);
  if (decision.answer) parts_.line.send(*decision.answer, decision.payload, ec);
  if (decision.failure) fail(decision.failure->code, decision.failure->story);
  else if (ec) fail(error::exited_before_handshake, "it left before it was welcomed");
  else peer_ = std::move(decision.peer);
  return true;
}

void walk_in_attempt::give_up(error_code why) {
  if (why == error::handshake_timeout) {
    return fail(why, "it did not greet within " + std::to_string(options_.handshake_timeout.count()) + " ms");
  }
  fail(why, "waiting for its greeting");
}

void walk_in_attempt::fail(error_code ec, const std::string& what) {
  failed_ = true;
  diagnostic d;
  // One that connects and leaves has done nothing wrong; that a host looks for another one is seen so, too.
  const bool harmless = ec == boost::asio::error::operation_aborted || ec == error::exited_before_handshake;
  d.level = harmless ? severity::info : severity::error;
  d.source = subsystem::launcher;
  d.kind = event_kind::handshake_failed;
  d.message = "a plugin" + (pid_ > 0 ? " (pid " + std::to_string(pid_) + ")" : std::string()) + " came to " + path_ +
              ": " + what;
  if (ec.category() != error_category()) d.message += ": " + ec.message();
  d.peer = options_.name;
  d.pid = pid_;
  report(d);
  parts_ = {};
  own_file_ = {};
  peer_file_ = {};
  child_.reset();
}

/// What there is to tell of it from the beginning.
autopsy walk_in_attempt::walked_in() const {
  autopsy a;
  a.options = {
      {"start", "it walked in at " + path_},
      {"handshake timeout", std::to_string(options_.handshake_timeout.count()) + " ms"},
      {"named descriptors", std::to_string(options_.descriptors.size())},
      {"memory for large messages to the plugin", std::to_string(options_.channel.outgoing_large.bytes) + " bytes"},
      {"memory for large messages from the plugin", std::to_string(options_.channel.incoming_large.bytes) + " bytes"}};
  return a;
}

plugin walk_in_attempt::result() {
  waiter_.reset();
  const std::string name = peer_.name;
  const auto state = assemble(std::move(parts_));
  state->info = std::move(peer_);
  if (own_file_) state->show(std::move(own_file_), std::move(peer_file_), name, child_->pid());
  if (options_.autopsy.keep_times) state->keep_times(options_.autopsy.messages);
  const auto examiner = std::make_shared<coroner>(options_.autopsy, walked_in(), name, child_);
  auto obit = obituary::begin(name, child_, state, examiner, nullptr);

  auto d = state->describe(event_kind::plugin_walked_in, severity::debug);
  d.source = subsystem::launcher;
  d.message = "plugin " + name + " (pid " + std::to_string(child_->pid()) + ") has walked in at " + path_;
  report(d);
  return plugin(std::make_shared<plugin::impl>(
      plugin::impl{name, {}, child_, nullptr, examiner, std::move(obit), state, channel(state)}));
}

}  // namespace belfry::detail
