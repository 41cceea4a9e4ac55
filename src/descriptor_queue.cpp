// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/detail/descriptor_queue.hpp>
#include <belfry/detail/posix/bell_waiter.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace belfry::detail {

void descriptor_queue::accept(std::size_t limit) {
  const std::lock_guard lock(mutex_);
  if (limit <= limit_) return;
  waiting_.reserve(limit);
  limit_ = limit;
  publish_credit();
}

void descriptor_queue::publish_credit() noexcept {
  own_.descriptor_credit.store(taken_ + limit_, std::memory_order_release);
}

const char* descriptor_queue::add(frame& f) noexcept {
  if (!is_descriptor_name(f.payload)) return "the name of a descriptor";
  if (!f.descriptor && !f.descriptor_lost) return "a descriptor that did not come along";
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= limit_) return "more descriptors than may wait";
  entry& added = waiting_.emplace_back();
  std::copy(f.payload.begin(), f.payload.end(), added.name.begin());
  added.name_size = f.payload.size();
  added.fd = std::move(f.descriptor);
  waiter_.interrupt(posix::wake_reason::line);
  return nullptr;
}

bool descriptor_queue::empty() noexcept {
  const std::lock_guard lock(mutex_);
  return waiting_.empty();
}

passed_descriptor descriptor_queue::take(error_code& ec) {
  ec.clear();
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return {};
  entry& oldest = waiting_.front();
  std::string name(oldest.name.data(), oldest.name_size);  // may throw; then it is still there
  if (!oldest.fd) ec = make_error_code(boost::system::errc::too_many_files_open);
  passed_descriptor taken(std::move(name), std::move(oldest.fd));
  waiting_.erase(waiting_.begin());
  ++taken_;
  publish_credit();
  return taken;
}

}  // namespace belfry::detail
