// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "plugin_impl.hpp"
#include "posix/async_exit.hpp"
#include "stop_ladder.hpp"

#include <belfry/detail/deadline.hpp>
#include <belfry/detail/recycle.hpp>
#include <belfry/plugin.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/post.hpp>
#include <boost/throw_exception.hpp>

#include <csignal>
#include <memory>
#include <optional>
#include <utility>

namespace belfry {
namespace {

void throw_if(const error_code& ec, const char* what) {
  if (ec) boost::throw_exception(system_error(ec, what));
}

exit_status stop_process(const std::shared_ptr<plugin::impl>& p, const stop_options& options, error_code& ec) {
  detail::stop_ladder ladder(p, options);
  while (ladder.step() && !p->child->wait(ladder.deadline())) {
  }
  return ladder.finish(ec);
}

/// The same without blocking.
struct stop_op {
  std::unique_ptr<detail::stop_ladder> ladder;
  enum { starting, posted, waiting } state = starting;

  template <class Self>
  void operator()(Self& self, error_code ec = {}) {
    if (state == starting) self.reset_cancellation_state(boost::asio::enable_total_cancellation());
    else if (state == posted || !ec) return finish(self);
    else if (ec != error::timed_out) return self.complete(ec, exit_status());

    const auto executor = ladder->subject().state->out.executor();
    if (ladder->step()) {
      state = waiting;
      const auto child = ladder->subject().child;
      const auto deadline = ladder->deadline();
      return detail::posix::async_exit(executor, child, deadline, detail::recycle(std::move(self)));
    }
    if (state == waiting) return finish(self);
    state = posted;
    boost::asio::post(executor, std::move(self));
  }

  template <class Self>
  void finish(Self& self) {
    error_code ec;
    const auto status = ladder->finish(ec);
    ladder.reset();
    self.complete(ec, status);
  }
};

/// Waits for the end of the process, and sees to its record.
struct wait_exit_op {
  std::shared_ptr<plugin::impl> subject;
  bool started = false;

  template <class Self>
  void operator()(Self& self, error_code ec = {}) {
    if (!std::exchange(started, true)) {
      self.reset_cancellation_state(boost::asio::enable_total_cancellation());
      const auto executor = subject->state->out.executor();
      const auto child = subject->child;
      return detail::posix::async_exit(executor, child, std::nullopt, detail::recycle(std::move(self)));
    }
    exit_status status;
    if (!ec) {
      status = *subject->child->status();
      subject->ended(status);
    }
    subject.reset();
    self.complete(ec, status);
  }
};

}  // namespace

plugin::plugin() noexcept = default;
plugin::plugin(std::shared_ptr<impl> i) noexcept : impl_(std::move(i)) {}
plugin::plugin(plugin&&) noexcept = default;

plugin& plugin::operator=(plugin&& other) noexcept {
  if (this != &other) {
    plugin old(std::move(impl_));
    impl_ = std::move(other.impl_);
  }
  return *this;
}

plugin::~plugin() {
  // In a forked child the plugin is not ours to end, nor may its memory be looked at.
  if (!impl_ || impl_->child->copied()) return;
  // Nor one that somebody else has started, and one that could not be ended is not worth another wait.
  if (!impl_->child->started_here() || impl_->child->left_alone()) {
    impl_->obituary->left(*impl_->state);
    impl_->state->line.close();
    return;
  }
  error_code ignored;
  stop_process(impl_, impl_->stop, ignored);
}

const std::string& plugin::name() const noexcept { return impl_->name; }
int plugin::pid() const noexcept { return impl_->child->pid(); }
int plugin::native_handle() const noexcept { return impl_->child->pidfd(); }
autopsy plugin::autopsy() const { return impl_->coroner->examine(*impl_->state); }
std::filesystem::path plugin::autopsy_file() const { return impl_->coroner->file(); }
channel& plugin::channel() noexcept { return impl_->channel; }
plugin::executor_type plugin::get_executor() const { return impl_->state->out.executor(); }

bool plugin::running() const noexcept { return !status(); }
std::optional<exit_status> plugin::status() const noexcept { return impl_->child->status(); }

resource_usage plugin::usage() const noexcept { return impl_->child->usage(); }

std::vector<output_line> plugin::last_output() const {
  // What is still in the pipes is left to the thread that reads them: whoever reads also reports, and the caller may hold
  // what a sink waits for.
  if (!impl_->output) return {};
  return impl_->output->output().last_lines();
}

exit_status plugin::wait(error_code& ec) {
  ec.clear();
  const auto status = impl_->child->wait(std::nullopt);
  impl_->ended(*status);
  return *status;
}

exit_status plugin::wait() {
  error_code ec;
  return wait(ec);
}

exit_status plugin::wait_for(std::chrono::nanoseconds limit, error_code& ec) {
  ec.clear();
  const auto status = impl_->child->wait(detail::deadline_after(limit));
  if (!status) {
    ec = error::timed_out;
    return {};
  }
  impl_->ended(*status);
  return *status;
}

exit_status plugin::wait_for(std::chrono::nanoseconds limit) {
  error_code ec;
  const auto status = wait_for(limit, ec);
  throw_if(ec, "belfry: plugin::wait_for");
  return status;
}

exit_status plugin::stop(const stop_options& options, error_code& ec) { return stop_process(impl_, options, ec); }

exit_status plugin::stop(const stop_options& options) {
  error_code ec;
  const auto status = stop(options, ec);
  throw_if(ec, "belfry: plugin::stop");
  return status;
}

exit_status plugin::stop(error_code& ec) { return stop(impl_->stop, ec); }
exit_status plugin::stop() { return stop(impl_->stop); }

exit_status plugin::stop(std::chrono::milliseconds grace, error_code& ec) {
  auto options = impl_->stop;
  options.goodbye = grace;
  return stop(options, ec);
}

exit_status plugin::stop(std::chrono::milliseconds grace) {
  auto options = impl_->stop;
  options.goodbye = grace;
  return stop(options);
}

void plugin::request_exit(error_code& ec) noexcept {
  if (!impl_->child->status()) impl_->obituary->expected();
  impl_->child->signal(SIGTERM, ec);
}

void plugin::request_exit() {
  error_code ec;
  request_exit(ec);
  throw_if(ec, "belfry: plugin::request_exit");
}

void plugin::kill(error_code& ec) noexcept {
  // One that has ended by itself was not killed by us.
  if (!impl_->child->status()) impl_->obituary->expected();
  impl_->child->kill(ec);
}

void plugin::kill() {
  error_code ec;
  kill(ec);
  throw_if(ec, "belfry: plugin::kill");
}

void plugin::start_stop(boost::asio::any_completion_handler<void(error_code, exit_status)> handler,
                        const stop_options& options) {
  const auto executor = get_executor();
  boost::asio::async_compose<decltype(handler), void(error_code, exit_status)>(
      stop_op{std::make_unique<detail::stop_ladder>(impl_, options)}, handler, executor);
}

void plugin::start_default_stop(boost::asio::any_completion_handler<void(error_code, exit_status)> handler) {
  start_stop(std::move(handler), impl_->stop);
}

void plugin::start_wait_exit(boost::asio::any_completion_handler<void(error_code, exit_status)> handler) {
  const auto executor = get_executor();
  boost::asio::async_compose<decltype(handler), void(error_code, exit_status)>(wait_exit_op{impl_}, handler, executor);
}

}  // namespace belfry
