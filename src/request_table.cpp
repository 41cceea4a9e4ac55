// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/detail/request_table.hpp>

#include <utility>

namespace belfry::detail {

request_table::~request_table() {
  // One by one: a long chain would be destroyed by as many calls within each other.
  while (untold_) untold_ = std::shared_ptr(std::move(untold_->behind_));
}

std::shared_ptr<pending_request> request_table::extract(request_id id) noexcept {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return nullptr;
  auto request = std::move(found->second);
  waiting_.erase(found);
  return request;
}

void request_table::complete(std::shared_ptr<pending_request> request, const error_code& ec) noexcept {
  if (!request || request->complete(ec)) return;
  request->behind_ = std::move(untold_);
  untold_ = std::move(request);
}

void request_table::tell() {
  while (untold_) {
    auto request = std::move(untold_);
    untold_ = std::move(request->behind_);
    if (request->tell()) continue;
    request->behind_ = std::move(untold_);
    untold_ = std::move(request);
    break;  // there is no memory yet
  }
}

void request_table::deliver(const message_view& reply) noexcept {
  auto request = extract(reply.replied());
  if (!request) return;
  error_code ec;
  request->take(reply, ec);
  complete(std::move(request), ec);
}

void request_table::fail(request_id id, const error_code& ec) noexcept { complete(extract(id), ec); }

void request_table::fail_all(const error_code& ec) noexcept { fail_up_to(last_id(), ec); }

void request_table::fail_up_to(request_id last, const error_code& ec) noexcept {
  std::erase_if(waiting_, [&](auto& one) {
    if (one.first > last) return false;
    complete(std::move(one.second), ec);
    return true;
  });
}

}  // namespace belfry::detail
