// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "output_reader.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace belfry::detail::posix {
namespace {

/// In the set, the bell that ends the thread.
constexpr std::uint64_t bell_number = 0;

error_code last_error() noexcept { return {errno, boost::system::system_category()}; }

bool watch(int set, int fd, std::uint64_t number) noexcept {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = number;
  return ::epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

std::shared_ptr<output_reader> output_reader::instance(error_code& ec) {
  static std::mutex mutex;
  static std::weak_ptr<output_reader> current;
  const std::lock_guard lock(mutex);
  auto reader = current.lock();
  // A forked child has its parent's, but not the thread.
  if (reader && reader->process_ == process_id()) return reader;
  reader = std::make_shared<output_reader>();
  reader->start(ec);
  if (ec) return nullptr;
  current = reader;
  return reader;
}

void output_reader::start(error_code& ec) {
  set_.reset(::epoll_create1(EPOLL_CLOEXEC));
  bell_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!set_ || !bell_ || !watch(set_.get(), bell_.get(), bell_number)) {
    ec = last_error();
    return;
  }
  // Signals are for the program's own threads.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([this] { run(); });
    ::pthread_setname_np(thread_.native_handle(), "belfry-output");
  } catch (const std::system_error& e) {
    ec.assign(e.code().value(), boost::system::system_category());
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

output_reader::~output_reader() {
  if (!thread_.joinable()) return;
  if (process_ != process_id()) {
    thread_.detach();  // it is the parent's
    return;
  }
  const std::uint64_t one = 1;
  while (::write(bell_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
  thread_.join();
}

void output_reader::add(std::shared_ptr<plugin_output> output, error_code& ec) {
  ec.clear();
  const auto ends = output->descriptors();
  const std::lock_guard lock(mutex_);
  const auto number = next_number_++;
  outputs_.emplace(number, std::move(output));
  for (const int fd : ends) {
    if (fd < 0 || watch(set_.get(), fd, number)) continue;
    ec = last_error();
    return;
  }
}

void output_reader::remove(const plugin_output& output) noexcept {
  const std::lock_guard lock(mutex_);
  for (auto i = outputs_.begin(); i != outputs_.end(); ++i) {
    if (i->second.get() != &output) continue;
    for (const int fd : output.descriptors()) {
      if (fd >= 0) ::epoll_ctl(set_.get(), EPOLL_CTL_DEL, fd, nullptr);
    }
    outputs_.erase(i);
    return;
  }
}

void output_reader::run() noexcept {
  std::array<epoll_event, 16> events;
  for (;;) {
    const int count = ::epoll_wait(set_.get(), events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const auto number = events[static_cast<std::size_t>(i)].data.u64;
      if (number == bell_number) return;
      std::shared_ptr<plugin_output> output;
      {
        const std::lock_guard lock(mutex_);
        const auto found = outputs_.find(number);
        if (found != outputs_.end()) output = found->second;
      }
      if (!output) continue;
      output->drain();
      forget_ended(*output);
    }
  }
}

/// What has ended is readable for ever.
void output_reader::forget_ended(plugin_output& output) noexcept {
  const auto ends = output.descriptors();
  const auto ended = output.ended();
  for (std::size_t i = 0; i != ends.size(); ++i) {
    if (ended[i] && ends[i] >= 0) ::epoll_ctl(set_.get(), EPOLL_CTL_DEL, ends[i], nullptr);
  }
}

output_reading::output_reading(std::shared_ptr<plugin_output> output, error_code& ec)
    : output_(std::move(output)), reader_(output_reader::instance(ec)) {
  if (!ec) reader_->add(output_, ec);
}

output_reading::~output_reading() {
  if (process_ != process_id()) return;
  if (reader_) reader_->remove(*output_);
  output_->drain_last();
}

}  // namespace belfry::detail::posix
