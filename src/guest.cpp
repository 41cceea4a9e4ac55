// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "descriptor_list.hpp"
#include "guest_descriptors.hpp"
#include "handshake.hpp"
#include "posix/environment.hpp"
#include "posix/filter_program.hpp"
#include "posix/orphan_timer.hpp"
#include "walk_in.hpp"

#include <belfry/detail/channel_state.hpp>
#include <belfry/detail/deadline.hpp>
#include <belfry/detail/make_channel.hpp>
#include <belfry/diagnostics.hpp>
#include <belfry/guest.hpp>

#include <boost/throw_exception.hpp>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

namespace belfry::guest {
namespace {

using detail::handshake_failure;
namespace posix = detail::posix;

/// EX_UNAVAILABLE of sysexits.h: something that is needed is not there.
constexpr int exit_unavailable = 69;

constexpr std::string_view argument_prefix = "--belfry-channel=";

std::atomic<bool> attached{false};

/// An attempt to attach: a channel, or why there is none.
struct outcome {
  channel result;
  std::optional<handshake_failure> failure;

  outcome(channel c) : result(std::move(c)) {}
  outcome(error_code ec, std::string story) : failure(handshake_failure{ec, std::move(story)}) {}
};

/// What the host says: in an argument, else in the environment, whence it is removed either way.
std::optional<std::string> find_text(const char* variable, std::string_view prefix, int argc, const char* const* argv) {
  auto from_environment = posix::take_variable(variable);
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with(prefix)) return std::string(argument.substr(prefix.size()));
  }
  return from_environment;
}

/// Installs a filter that came from the host, and says so.
std::optional<handshake_failure> confine_itself(lifeline& line, const frame& f) {
  error_code ec;
  posix::install_filter(f.payload, ec);
  if (ec) {
    const auto story = "the filter of system calls could not be installed: " + ec.message();
    error_code ignored;
    line.send(frame_type::refusal, encode(detail::refusal{error::refused, story}), ignored);
    return handshake_failure{ec, story};
  }
  line.send(frame_type::filter, {}, ec);
  if (ec) return handshake_failure{ec, "the host could not be told of the filter: " + ec.message()};
  return std::nullopt;
}

/// Says hello and waits for what the host answers.
detail::guest_handshake::decision shake_hands(lifeline& line, const detail::guest_handshake& guest,
                                              std::chrono::milliseconds timeout) {
  const auto fail = [](error_code ec, std::string story) {
    detail::guest_handshake::decision d;
    d.failure = handshake_failure{ec, std::move(story)};
    return d;
  };
  error_code ec;
  line.send(frame_type::hello, guest.hello_payload(), ec);
  if (ec) return fail(ec, "the host could not be greeted: " + ec.message());

  const auto deadline = detail::time_after(timeout);
  for (;;) {
    frame f;
    const auto status = line.try_receive(f, ec);
    if (ec) return fail(ec, "what the host answered is no greeting");
    if (status == lifeline::status::ended) return fail(error::peer_dead, "the host ended, or refuses to talk");
    if (status == lifeline::status::frame && f.type != frame_type::filter) return detail::guest_handshake::on_frame(f);
    if (status == lifeline::status::frame) {
      if (auto failure = confine_itself(line, f)) return fail(failure->code, failure->story);
      continue;
    }
    if (line.wait_until(deadline, ec)) continue;
    if (ec) return fail(ec, "waiting for the host's answer failed: " + ec.message());
    return fail(error::handshake_timeout, "the host did not answer within " + std::to_string(timeout.count()) + " ms");
  }
}

detail::walked_in failed(error_code ec, std::string story) {
  detail::walked_in w;
  w.failure = handshake_failure{ec, std::move(story)};
  return w;
}

/// What the launcher left.
detail::walked_in inherited(const std::string& ends, const std::optional<std::string>& named) {
  detail::walked_in found;
  error_code ec;
  found.handle = channel_handle::from_text(ends, ec);
  if (ec) return failed(ec, "the descriptors that the host passed on, '" + ends + "', are unfit: " + ec.message());
  found.descriptors = detail::find_descriptors(named.value_or("1"), ec);
  if (ec) return failed(ec, "the descriptors that the host handed over, '" + *named + "', are unfit: " + ec.message());
  return found;
}

detail::walked_in nobody_there() {
  return failed(error::no_host,
                "this program is a belfry plugin: a host must launch it. Try: belfry run " + posix::program_path());
}

outcome try_attach(const boost::asio::any_io_executor& executor, int argc, const char* const* argv,
                   const attach_options& options) {
  if (attached.load()) return {error::already_attached, "a process attaches to its host once"};
  const auto ends = find_text(channel_handle::variable, argument_prefix, argc, argv);
  const auto leash = posix::take_variable(posix::leash_variable);
  const auto named = find_text(detail::descriptors_variable, detail::descriptors_argument, argc, argv);
  const auto socket = posix::take_variable(detail::host_variable);
  auto [handle, descriptors, missing] = ends ? inherited(*ends, named)
                                        : socket && !socket->empty()
                                            ? detail::walk_in(*socket, options.host_users, options.timeout)
                                            : nobody_there();
  if (missing) return {missing->code, missing->story};

  error_code ec;
  auto parts = detail::parts_from_handle(executor, std::move(handle), ec);
  if (ec) return {ec, "the memory of the channel cannot be mapped: " + ec.message()};

  // Before the greeting: when the host has that, it may hand something over.
  detail::accept_descriptors(parts, options.descriptors, ec);
  if (ec) return {ec, "more descriptors are to be accepted than can be: " + std::to_string(options.descriptors)};
  // Before the greeting: the host may confine this process by its answer.
  if (leash) posix::arm_orphan_timer(*leash);

  const detail::guest_handshake guest(options.name.empty() ? posix::program_name() : options.name);
  auto [failure, host] = shake_hands(parts.line, guest, options.timeout);
  if (failure) return {failure->code, failure->story};

  attached.store(true);
  detail::keep_descriptors(descriptors);
  const auto state = detail::assemble(std::move(parts));
  state->info = host;
  return channel(state);
}

void report_failure(const handshake_failure& failure) noexcept {
  try {
    diagnostic d;
    d.level = severity::error;
    d.source = subsystem::guest;
    d.kind = event_kind::handshake_failed;
    d.message = failure.story;
    report(d);
  } catch (const std::bad_alloc&) {
    // The caller gets the error all the same.
  }
}

channel attach_or_report(const boost::asio::any_io_executor& executor, int argc, const char* const* argv,
                         const attach_options& options, error_code& ec) {
  auto attempt = try_attach(executor, argc, argv, options);
  ec = attempt.failure ? attempt.failure->code : error_code();
  if (attempt.failure) report_failure(*attempt.failure);
  return std::move(attempt.result);
}

channel attach_or_throw(const boost::asio::any_io_executor& executor, int argc, const char* const* argv,
                        const attach_options& options) {
  auto attempt = try_attach(executor, argc, argv, options);
  if (attempt.failure) {
    report_failure(*attempt.failure);
    boost::throw_exception(system_error(attempt.failure->code, attempt.failure->story));
  }
  return std::move(attempt.result);
}

}  // namespace

channel attach(boost::asio::any_io_executor executor, const attach_options& options, error_code& ec) {
  return attach_or_report(executor, 0, nullptr, options, ec);
}

channel attach(boost::asio::any_io_executor executor, error_code& ec) {
  return attach_or_report(executor, 0, nullptr, {}, ec);
}

channel attach(boost::asio::any_io_executor executor, const attach_options& options) {
  return attach_or_throw(executor, 0, nullptr, options);
}

channel attach(boost::asio::any_io_executor executor, int argc, const char* const* argv, const attach_options& options,
               error_code& ec) {
  return attach_or_report(executor, argc, argv, options, ec);
}

channel attach(boost::asio::any_io_executor executor, int argc, const char* const* argv,
               const attach_options& options) {
  return attach_or_throw(executor, argc, argv, options);
}

channel attach_or_exit(boost::asio::any_io_executor executor, const attach_options& options) {
  return attach_or_exit(std::move(executor), 0, nullptr, options);
}

channel attach_or_exit(boost::asio::any_io_executor executor, int argc, const char* const* argv,
                       const attach_options& options) {
  auto attempt = try_attach(executor, argc, argv, options);
  if (!attempt.failure) return std::move(attempt.result);
  report_failure(*attempt.failure);
  std::cerr << posix::program_name() << ": " << attempt.failure->story << std::endl;
  std::exit(exit_unavailable);
}

}  // namespace belfry::guest
