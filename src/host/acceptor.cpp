// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../descriptor_list.hpp"
#include "../posix/async_bell.hpp"
#include "../posix/host_socket.hpp"
#include "coroner.hpp"
#include "default_log.hpp"
#include "posix/listening_socket.hpp"
#include "walk_in_attempt.hpp"

#include <belfry/acceptor.hpp>
#include <belfry/detail/cancelled.hpp>
#include <belfry/detail/deadline.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/throw_exception.hpp>

#include <atomic>
#include <mutex>
#include <utility>

namespace belfry {

using detail::walk_in_attempt;
using detail::posix::wake_reason;

/// Shared with the wait that is under way.
struct acceptor::impl {
  impl(executor_type e, std::filesystem::path p, acceptor_options o, detail::posix::listening_socket s)
      : executor(std::move(e)),
        path(std::move(p)),
        options(std::move(o)),
        socket(std::move(s)),
        waiter(executor, detail::posix::bell_waiter::no_bell, socket.native_handle()) {}

  /// Claims the one wait there can be.
  void begin(error_code& ec) {
    if (closed) ec = boost::asio::error::bad_descriptor;
    else waiter.begin(ec);
  }
  void end() { waiter.end(); }

  /// The next who has come, with its attempt begun; null if there is none now, or with an error.
  std::shared_ptr<walk_in_attempt> next(error_code& ec) {
    if (closed) ec = boost::asio::error::operation_aborted;
    auto connection = ec ? detail::posix::unique_descriptor() : socket.accept(ec);
    if (!connection) return nullptr;
    auto attempt = std::make_shared<walk_in_attempt>(executor, options, path.native());
    attempt->start(std::move(connection), ec);
    if (!ec && !attempt->failed()) attempt->waiter().begin(ec);
    if (ec) return nullptr;
    if (attempt->failed()) return attempt;
    const std::lock_guard lock(mutex);
    current = attempt;
    return attempt;
  }

  /// What came of an attempt that is over; none if it failed.
  plugin result_of(walk_in_attempt& attempt) {
    {
      const std::lock_guard lock(mutex);
      current.reset();  // from here on nobody interrupts it
    }
    return attempt.failed() ? plugin() : attempt.result();
  }

  /// Ends the wait of the attempt that is under way, if it is that one.
  void interrupt(const std::weak_ptr<walk_in_attempt>& which, wake_reason why) {
    const std::lock_guard lock(mutex);
    const auto attempt = current.lock();
    if (attempt && attempt == which.lock()) attempt->waiter().interrupt(why);
  }

  void cancel() {
    waiter.interrupt(wake_reason::interrupted);
    const std::lock_guard lock(mutex);
    if (const auto attempt = current.lock()) attempt->waiter().interrupt(wake_reason::interrupted);
  }

  executor_type executor;
  std::filesystem::path path;
  acceptor_options options;
  detail::posix::listening_socket socket;
  detail::posix::bell_waiter waiter;
  std::atomic<bool> closed{false};
  std::mutex mutex;
  std::weak_ptr<walk_in_attempt> current;
};

namespace {

void throw_if(const error_code& ec, const char* what) {
  if (ec) boost::throw_exception(system_error(ec, what));
}

/// Blocks until the attempt is over. Errors: `operation_aborted`.
void shake_hands(walk_in_attempt& attempt, error_code& ec) {
  while (!attempt.advance()) {
    error_code failure;
    const auto why = attempt.waiter().wait(attempt.deadline(), failure);
    if (failure) attempt.give_up(failure);
    else if (why == wake_reason::interrupted) attempt.give_up(ec = boost::asio::error::operation_aborted);
    else if (why == wake_reason::timed_out && !attempt.advance()) attempt.give_up(error::handshake_timeout);
  }
}

plugin accept_until(acceptor::impl& a, const detail::steady_deadline& deadline, error_code& ec) {
  ec.clear();
  a.begin(ec);
  if (ec) return {};
  plugin result;
  while (!ec && !result) {
    if (const auto attempt = a.next(ec)) {
      shake_hands(*attempt, ec);
      result = a.result_of(*attempt);
      continue;
    }
    if (ec) break;
    const auto why = a.waiter.wait(deadline, ec);
    if (ec) break;
    if (why == wake_reason::interrupted) ec = boost::asio::error::operation_aborted;
    else if (why == wake_reason::timed_out) ec = error::timed_out;
  }
  a.end();
  return result;
}

/// The same without blocking.
struct accept_op {
  std::shared_ptr<acceptor::impl> a;
  std::shared_ptr<walk_in_attempt> attempt{};
  std::unique_ptr<boost::asio::steady_timer> limit{};
  plugin result{};
  error_code failure{};
  bool claimed = false;
  enum { starting, posted, arriving, greeting } state = starting;

  explicit accept_op(std::shared_ptr<acceptor::impl> i) : a(std::move(i)) {}
  accept_op(accept_op&& other)
      : a(std::move(other.a)),
        attempt(std::move(other.attempt)),
        limit(std::move(other.limit)),
        result(std::move(other.result)),
        failure(other.failure),
        claimed(std::exchange(other.claimed, false)),
        state(other.state) {}
  /// Destroyed with its executor, before it could complete, it leaves the waiter to others.
  ~accept_op() {
    if (claimed && !a->waiter.copied()) a->end();
  }

  template <class Self>
  void operator()(Self& self, error_code ec = {}) {
    if (state == posted) return complete(self);
    if (state == starting) {
      self.reset_cancellation_state(boost::asio::enable_total_cancellation());
      a->begin(failure);
      claimed = !failure;
      if (failure) return finish(self);
    } else {
      if (!ec && detail::was_cancelled(self)) ec = boost::asio::error::operation_aborted;
      const auto why = ec ? std::nullopt : attempt ? attempt->waiter().collect() : a->waiter.collect();
      if (why == wake_reason::interrupted) ec = boost::asio::error::operation_aborted;
      if (ec && attempt) attempt->give_up(ec);
      else if (why == wake_reason::timed_out && !attempt->advance()) attempt->give_up(error::handshake_timeout);
      failure = ec;
    }
    step(self);
  }

  /// Goes on until there is something to wait for, or all is done.
  template <class Self>
  void step(Self& self) {
    while (!failure) {
      if (!attempt) {
        attempt = a->next(failure);
        if (failure) break;
        if (!attempt) return wait(self, arriving, a->waiter);
        if (!attempt->failed()) watch_clock();
      }
      if (!attempt->advance()) return wait(self, greeting, attempt->waiter());
      result = a->result_of(*attempt);
      if (result) break;
      let_go();
    }
    finish(self);
  }

  void watch_clock() {
    limit = std::make_unique<boost::asio::steady_timer>(a->executor, attempt->deadline());
    limit->async_wait([owner = std::weak_ptr(a), late = std::weak_ptr(attempt)](error_code ec) {
      const auto open = owner.lock();
      if (!ec && open) open->interrupt(late, wake_reason::timed_out);
    });
  }

  void let_go() {
    limit.reset();
    attempt.reset();
  }

  template <class Self>
  void wait(Self& self, decltype(state) next, detail::posix::bell_waiter& waiter) {
    state = next;
    waiter.async_wait(std::move(self));
  }

  template <class Self>
  void finish(Self& self) {
    let_go();
    if (state != starting) return complete(self);
    // Never inside the call that started it.
    state = posted;
    const auto executor = a->executor;
    boost::asio::post(executor, std::move(self));
  }

  template <class Self>
  void complete(Self& self) {
    if (std::exchange(claimed, false)) a->end();
    a.reset();
    self.complete(failure, std::move(result));
  }
};

/// What is wrong, for people.
std::string explain(const std::filesystem::path& path, const error_code& ec) {
  std::string story = "belfry: acceptor at " + path.native();
  namespace errc = boost::system::errc;
  if (ec == errc::filename_too_long) {
    story += ": the path has " + std::to_string(path.native().size()) + " bytes, and that of a socket can have " +
             std::to_string(detail::posix::longest_socket_path());
  } else if (ec == error::folder_not_private) {
    story += ": choose a folder of your own that is closed to others (mode 0700), or one that does not exist yet";
  } else if (ec == errc::address_in_use) {
    story += ": another host listens there, or something else has that name";
  } else if (ec == errc::no_such_file_or_directory) {
    story += ": its folder is made if need be, but not the one around that";
  }
  return story;
}

}  // namespace

acceptor::acceptor() noexcept = default;
acceptor::acceptor(acceptor&&) noexcept = default;

acceptor::acceptor(executor_type executor, std::filesystem::path path, acceptor_options options) {
  error_code ec;
  *this = open(std::move(executor), path, std::move(options), ec);
  if (ec) boost::throw_exception(system_error(ec, explain(path, ec)));
}

acceptor& acceptor::operator=(acceptor&& other) noexcept {
  if (this != &other) {
    close();
    impl_ = std::move(other.impl_);
  }
  return *this;
}

acceptor::~acceptor() { close(); }

acceptor acceptor::open(executor_type executor, std::filesystem::path path, acceptor_options options, error_code& ec) {
  detail::install_default_log();
  detail::check_names(options.descriptors, ec);
  if (!ec) detail::coroner::check(options.autopsy, ec);
  if (ec) return {};
  auto socket = detail::posix::listening_socket::open(path.native(), !options.users.empty(), ec);
  if (ec) return {};
  acceptor made;
  made.impl_ = std::make_shared<impl>(std::move(executor), std::move(path), std::move(options), std::move(socket));
  return made;
}

plugin acceptor::accept(error_code& ec) { return accept_until(*impl_, {}, ec); }

plugin acceptor::accept() {
  error_code ec;
  auto accepted = accept(ec);
  throw_if(ec, "belfry: acceptor::accept");
  return accepted;
}

plugin acceptor::accept_for(std::chrono::nanoseconds limit, error_code& ec) {
  return accept_until(*impl_, detail::deadline_after(limit), ec);
}

plugin acceptor::accept_for(std::chrono::nanoseconds limit) {
  error_code ec;
  auto accepted = accept_for(limit, ec);
  throw_if(ec, "belfry: acceptor::accept_for");
  return accepted;
}

void acceptor::start_accept(boost::asio::any_completion_handler<void(error_code, plugin)> handler) {
  const auto executor = impl_->executor;
  boost::asio::async_compose<decltype(handler), void(error_code, plugin)>(accept_op(impl_), handler, executor);
}

void acceptor::cancel() noexcept {
  if (impl_) impl_->cancel();
}

void acceptor::close() noexcept {
  if (!impl_ || impl_->waiter.copied() || impl_->closed.exchange(true)) return;
  impl_->socket.close();
  impl_->cancel();
}

bool acceptor::is_open() const noexcept { return impl_ && !impl_->closed; }
const std::filesystem::path& acceptor::path() const noexcept { return impl_->path; }
acceptor::executor_type acceptor::get_executor() const { return impl_->executor; }

}  // namespace belfry
