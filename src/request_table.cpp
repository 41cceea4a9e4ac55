// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/detail/request_table.hpp>

#include <utility>

namespace belfry::detail {

std::shared_ptr<pending_request> request_table::extract(request_id id) {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return nullptr;
  auto request = std::move(found->second);
  waiting_.erase(found);
  return request;
}

void request_table::deliver(const message_view& reply) {
  const auto request = extract(reply.replied());
  if (!request) return;
  error_code ec;
  const std::size_t size = request->take(reply, ec);
  request->complete(ec, ec ? 0 : size);
}

void request_table::fail(request_id id, const error_code& ec) {
  if (const auto request = extract(id)) request->complete(ec, 0);
}

void request_table::fail_all(const error_code& ec) { fail_up_to(last_id(), ec); }

void request_table::fail_up_to(request_id last, const error_code& ec) {
  std::erase_if(waiting_, [&](const auto& one) {
    if (one.first > last) return false;
    one.second->complete(ec, 0);
    return true;
  });
}

}  // namespace belfry::detail
