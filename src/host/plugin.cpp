// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "plugin_impl.hpp"

#include <belfry/detail/deadline.hpp>
#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/plugin.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/throw_exception.hpp>

#include <cerrno>
#include <optional>

#include <fcntl.h>

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

/// Waits until the pidfd is readable. Each has a duplicate of it, so that several may wait.
struct wait_exit_op {
  std::shared_ptr<plugin::impl> subject;
  std::unique_ptr<boost::asio::posix::stream_descriptor> pidfd{};
  enum { starting, posted, waiting } state = starting;
  error_code failure{};

  template <class Self>
  void operator()(Self& self, error_code ec = {}) {
    switch (state) {
      case starting:
        self.reset_cancellation_state(boost::asio::enable_total_cancellation());
        if (!subject->child->status()) duplicate();
        if (!pidfd) {
          state = posted;
          const auto executor = subject->state->out.executor();
          return boost::asio::post(executor, std::move(self));
        }
        break;
      case posted: return finish(self, failure);
      case waiting:
        if (ec || subject->child->status()) return finish(self, ec);
        break;
    }
    state = waiting;
    auto& descriptor = *pidfd;
    descriptor.async_wait(boost::asio::posix::descriptor_base::wait_read, std::move(self));
  }

  void duplicate() {
    detail::posix::unique_descriptor copy(::fcntl(subject->child->pidfd(), F_DUPFD_CLOEXEC, 0));
    if (!copy) {
      failure.assign(errno, boost::system::system_category());
      return;
    }
    auto descriptor = std::make_unique<boost::asio::posix::stream_descriptor>(subject->state->out.executor());
    descriptor->assign(copy.get(), failure);
    if (failure) return;
    copy.release();
    pidfd = std::move(descriptor);
  }

  template <class Self>
  void finish(Self& self, const error_code& ec) {
    exit_status status;
    if (!ec) {
      status = *subject->child->status();
      subject->ended(status);
    }
    pidfd.reset();
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
channel& plugin::channel() noexcept { return impl_->channel; }
plugin::executor_type plugin::get_executor() const { return impl_->state->out.executor(); }

bool plugin::running() const noexcept { return !status(); }
std::optional<exit_status> plugin::status() const noexcept { return impl_->child->status(); }

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
