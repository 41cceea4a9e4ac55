// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "launch_attempt.hpp"

#include "../descriptor_list.hpp"
#include "../posix/environment.hpp"
#include "plugin_impl.hpp"
#include "posix/confine.hpp"
#include "posix/enter_group.hpp"
#include "posix/guest_launcher.hpp"
#include "posix/leash.hpp"
#include "posix/place_descriptors.hpp"
#include "program_environment.hpp"

#include <belfry/detail/channel_state.hpp>
#include <belfry/detail/deadline.hpp>

#include <boost/process/v2/environment.hpp>
// start_dir.hpp of Boost 1.81 uses this without including it.
#include <boost/process/v2/detail/last_error.hpp>
#include <boost/process/v2/start_dir.hpp>

#include <cerrno>
#include <filesystem>
#include <utility>
#include <vector>

#include <unistd.h>

namespace belfry::detail {
namespace {

namespace process = boost::process::v2;
using posix::place_descriptors;

/// How long a program that hung up, or was refused, may take to end by itself.
constexpr std::chrono::milliseconds longest_wait_for_status{200};

/// A bare name is looked up as a shell would; empty if there is none.
process::filesystem::path find_program(const std::filesystem::path& executable) {
  const std::string& text = executable.native();
  if (text.find('/') != std::string::npos) return text;
  const auto found = text.empty() ? process::filesystem::path() : process::environment::find_executable(text);
  // The PATH may be relative, and the program may start in another directory than this one, which may be gone.
  if (found.empty() || found.is_absolute()) return found;
  error_code ec;
  const auto here = process::filesystem::current_path(ec);
  return ec ? found : here / found;
}

/// What people may have meant instead, or overlooked.
std::string hint(const launch_options& options, const error_code& ec) {
  const auto& executable = options.executable;
  if (options.confinement.files && ec == boost::system::errc::permission_denied)
    return " (what it needs besides itself, its dynamic loader for example, must stand below a root of its files)";
  if (options.confinement.filter && ec == boost::system::errc::operation_not_permitted)
    return " (its filter of system calls must allow execve)";
  const bool bare = !executable.empty() && !executable.has_parent_path();
  if (!bare || ec != boost::system::errc::no_such_file_or_directory) return {};
  return " (a name without a slash is looked up in PATH; the one in this directory is ./" + executable.native() + ")";
}

/// The guest's ends as the guest will see them.
std::string ends_as_placed() {
  channel_handle::native_handles_type numbers;
  for (std::size_t i = 0; i != numbers.size(); ++i) numbers[i] = place_descriptors::first_end + static_cast<int>(i);
  return channel_handle::text_for(numbers);
}

/// The list of the named descriptors as the guest will see them; empty if there are none.
std::string descriptors_as_placed(std::vector<named_descriptor> list) {
  int number = place_descriptors::first_named;
  for (auto& one : list) one.fd = number++;
  return list.empty() ? std::string() : to_text(list);
}

}  // namespace

launch_attempt::launch_attempt(boost::asio::any_io_executor executor, const launch_options& options)
    : executor_(std::move(executor)),
      options_(options),
      name_(options.name.empty() ? options.executable.filename().native() : options.name),
      deadline_(time_after(options.handshake_timeout)),
      filter_handover_(options.confinement.attached_filter.has_value()) {}

void launch_attempt::start() {
  error_code ec;
  check_names(options_.descriptors, ec);
  if (ec)
    return fail(ec, "of the descriptors to hand over there are too many, or two of one name, or one of a bad name");
  coroner::check(options_.autopsy, ec);
  if (ec) return fail(ec, "its autopsy is to hold more than 256 messages, or more than 1024 bytes of each");
  place_descriptors::check(options_, ec);
  if (ec) return fail(ec, "a descriptor of the host was to be handed over, or to be a standard stream");
  if (options_.in.what() == stdio_target::kind::log) {
    ec.assign(EINVAL, boost::system::system_category());
    return fail(ec, "a standard input cannot be logged");
  }
  channel_handle guest;
  std::tie(parts_, guest) = make_parts(executor_, options_.channel, ec);
  if (ec) return fail(ec, "the channel could not be made");
  spawn(guest, ec);
  if (!failed_step_.empty()) return fail(ec, "it could not be confined: " + failed_step_);
  if (ec) return fail(ec, "the program could not be started" + hint(options_, ec));
  if (options_.observable) {
    own_file_ = std::move(guest.peer_segment);
    peer_file_ = std::move(guest.own_segment);
  }
  // The guest's ends are dropped here: as long as this process held them, it would never hear of the guest's death.
}

void launch_attempt::spawn(const channel_handle& guest, error_code& ec) {
  const auto program = find_program(options_.executable);
  if (program.empty()) {
    ec.assign(ENOENT, boost::system::system_category());
    return;
  }
  place_descriptors descriptors(options_, guest.native_handles(), ec);
  if (ec) return;
  make_output(descriptors);
  posix::leash leash(options_, ec);
  if (ec) return;

  posix::confine confine(options_.confinement, program.native(), ec);
  failed_step_ = confine.story();
  if (ec) return;

  const auto ends = ends_as_placed();
  auto arguments = options_.arguments;
  const auto named = descriptors_as_placed(options_.descriptors);
  if (options_.ends_in_arguments) {
    arguments.push_back("--belfry-channel=" + ends);
    if (!named.empty()) arguments.push_back(std::string(descriptors_argument) + named);
  }
  const bool in_environment = !options_.ends_in_arguments;
  const auto hangs_on_us = leash.place(descriptors);
  confine.hangs_by(leash.number());
  const program_environment environment(options_, in_environment ? ends : "", in_environment ? named : "", hangs_on_us);

  posix::guest_launcher launch;
  launch.env = environment.get();
  const posix::enter_group group(options_.group);
  posix::started_process started;
  if (options_.working_directory.empty()) {
    started = launch(program, arguments, ec, group, leash, descriptors, confine);
  } else {
    process::process_start_dir directory(options_.working_directory.native());
    started = launch(program, arguments, ec, group, leash, descriptors, directory, confine);
  }
  if (ec) confine.tell_failed_step();
  failed_step_ = confine.story();
  attached_filter_ = confine.attached_filter();
  const bool leads = options_.group != process_group::inherited;
  if (!ec) child_ = std::make_shared<posix::child>(std::move(started), leads, leash.release());
  if (ec || !output_) return;
  output_->belongs_to(child_->pid());
  reading_ = std::make_shared<posix::output_reading>(output_, ec);
}

void launch_attempt::make_output(posix::place_descriptors& descriptors) {
  const auto add = [&](const stdio_target& target, int number, output_stream stream, severity usual) {
    if (target.what() != stdio_target::kind::log) return;
    if (!output_) output_ = std::make_shared<plugin_output>(name_, options_.output);
    output_->add(stream, target.level().value_or(usual), descriptors.take_reading_end(number));
  };
  add(options_.out, STDOUT_FILENO, output_stream::out, severity::info);
  add(options_.err, STDERR_FILENO, output_stream::err, severity::warning);
}

bool launch_attempt::advance() {
  if (failure_) return true;
  if (after_exit_) {
    (this->*after_exit_)();
    return true;
  }
  frame f;
  error_code ec;
  switch (parts_.line.try_receive(f, ec)) {
    case lifeline::status::nothing:
      if (!ec) return false;
      fail(error::not_a_plugin, "what it said is no greeting");
      return true;
    case lifeline::status::ended: await_exit(&launch_attempt::ended_early); return false;
    case lifeline::status::frame: break;
  }
  const int greeting_pid = f.sender_pid;
  auto [to_filter, greeting, unfit] = filter_handover_.on_frame(std::move(f));
  if (unfit) {
    fail(unfit->code, unfit->story);
    return true;
  }
  if (to_filter) {
    send_filter(greeting_pid);
    return false;
  }
  auto decision = host_handshake(posix::program_name(), name_).on_frame(greeting);
  if (decision.answer) parts_.line.send(*decision.answer, decision.payload, ec);
  if (decision.failure && decision.answer && !ec) {
    // One that is refused may still tell its own side of it before it is killed.
    refusal_ = *decision.failure;
    await_exit(&launch_attempt::refused);
    return false;
  }
  if (decision.failure) {
    fail(decision.failure->code, decision.failure->story);
  } else if (ec) {
    await_exit(&launch_attempt::ended_early);
    return false;
  } else {
    peer_ = std::move(decision.peer);
  }
  return true;
}

void launch_attempt::await_exit(void (launch_attempt::*then)()) {
  after_exit_ = then;
  deadline_ = time_after(longest_wait_for_status);
}

void launch_attempt::refused() { fail(refusal_.code, refusal_.story); }

void launch_attempt::send_filter(int pid) {
  error_code ec;
  posix::set_own_process(attached_filter_, pid);
  const auto* const bytes = reinterpret_cast<const char*>(attached_filter_.data());
  parts_.line.send(frame_type::filter, {bytes, attached_filter_.size() * sizeof(sock_filter)}, ec);
  if (ec) await_exit(&launch_attempt::ended_early);
}

void launch_attempt::ended_early() {
  const auto status = child_->status();
  if (!status) return fail(error::not_a_plugin, "it hung up without a greeting, and is no belfry plugin");
  if (status->success()) {
    return fail(error::not_a_plugin, "it ended with success but without a greeting, and is no belfry plugin");
  }
  fail(error::exited_before_handshake, "it " + to_string(*status) + " before it completed the handshake");
}

void launch_attempt::give_up(error_code why) {
  if (why == error::handshake_timeout) {
    const auto limit = std::to_string(options_.handshake_timeout.count());
    return fail(why, "it did not greet within " + limit + " ms; is it a belfry plugin?");
  }
  fail(why, "waiting for its greeting");
}

void launch_attempt::fail(error_code ec, const std::string& what) {
  failure_ = handshake_failure{ec, "launching " + options_.executable.native() + ": " + what};
  parts_ = {};
  own_file_ = {};
  peer_file_ = {};
  error_code ignored;
  if (child_) child_->kill(ignored);
  reading_.reset();  // what it said to that comes first
  diagnostic d;
  d.level = ec == boost::asio::error::operation_aborted ? severity::info : severity::error;
  d.source = subsystem::launcher;
  d.kind = event_kind::handshake_failed;
  d.message = failure_->story;
  // For the library's own errors the story has said it better.
  if (ec.category() != error_category()) d.message += ": " + ec.message();
  d.peer = name_;
  if (child_) {
    d.pid = child_->pid();
    d.status = child_->status();
  }
  report(d);
}

plugin launch_attempt::result() {
  const auto state = assemble(std::move(parts_));
  state->info = std::move(peer_);
  if (own_file_) state->show(std::move(own_file_), std::move(peer_file_), name_, child_->pid());
  child_->usage();  // so that there is something to tell of its memory
  if (options_.autopsy.keep_times) state->keep_times(options_.autopsy.messages);
  const auto examiner = std::make_shared<coroner>(options_.autopsy, coroner::launched(options_), name_, child_);
  if (output_) examiner->errors_from([output = output_] { return output->last_lines_of(output_stream::err); });
  auto obit = obituary::begin(name_, child_, state, examiner, output_);

  auto d = state->describe(event_kind::plugin_launched, severity::debug);
  d.source = subsystem::launcher;
  d.message = "plugin " + name_ + " (pid " + std::to_string(child_->pid()) + ") was launched from " +
              options_.executable.native();
  report(d);
  return plugin(std::make_shared<plugin::impl>(plugin::impl{name_, options_.stop, child_, std::move(reading_), examiner,
                                                            std::move(obit), state, channel(state)}));
}

}  // namespace belfry::detail
