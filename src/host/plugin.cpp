// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "plugin_impl.hpp"
#include "posix/async_exit.hpp"

#include <belfry/detail/deadline.hpp>
#include <belfry/detail/recycle.hpp>
#include <belfry/plugin.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/compose.hpp>
#include <boost/throw_exception.hpp>

#include <optional>
#include <utility>

namespace belfry {
namespace {

void throw_if(const error_code& ec, const char* what) {
  if (ec) boost::throw_exception(system_error(ec, what));
}

/// Says goodbye and waits, then kills.
exit_status stop_process(plugin::impl& p, std::chrono::milliseconds grace, error_code& ec) {
  ec.clear();
  // What happened before we ask is no doing of ours, and is recorded as what it was.
  auto status = p.child->status();
  if (!status) {
    p.child->usage();  // what it had at last, should the end not tell
    p.state->line.close();
    status = p.child->wait(detail::deadline_after(grace));
  }
  if (!status) {
    p.obituary->expected();
    p.child->kill(ec);
    if (ec) {
      p.obituary->left_running(*p.state, ec);
      return {};
    }
    status = p.child->wait(std::nullopt);
  }
  p.ended(*status);
  p.state->line.close();
  return *status;
}

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
  error_code ignored;
  stop_process(*impl_, impl_->stop_grace, ignored);
}

const std::string& plugin::name() const noexcept { return impl_->name; }
int plugin::pid() const noexcept { return impl_->child->pid(); }
int plugin::native_handle() const noexcept { return impl_->child->pidfd(); }
autopsy plugin::autopsy() const { return impl_->coroner->examine(*impl_->state); }
channel& plugin::channel() noexcept { return impl_->channel; }
plugin::executor_type plugin::get_executor() const { return impl_->state->out.executor(); }

bool plugin::running() const noexcept { return !status(); }
std::optional<exit_status> plugin::status() const noexcept { return impl_->child->status(); }

resource_usage plugin::usage() const noexcept { return impl_->child->usage(); }

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

exit_status plugin::stop(std::chrono::milliseconds grace, error_code& ec) { return stop_process(*impl_, grace, ec); }

exit_status plugin::stop(std::chrono::milliseconds grace) {
  error_code ec;
  const auto status = stop(grace, ec);
  throw_if(ec, "belfry: plugin::stop");
  return status;
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

void plugin::start_wait_exit(boost::asio::any_completion_handler<void(error_code, exit_status)> handler) {
  const auto executor = get_executor();
  boost::asio::async_compose<decltype(handler), void(error_code, exit_status)>(wait_exit_op{impl_}, handler, executor);
}

}  // namespace belfry
