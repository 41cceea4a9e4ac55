// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_REQUEST_TABLE_HPP
#define BELFRY_DETAIL_REQUEST_TABLE_HPP

#include <belfry/detail/recycling_allocator.hpp>
#include <belfry/error.hpp>
#include <belfry/message_view.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>

namespace belfry::detail {

/// A request that waits for its reply.
class pending_request {
 public:
  pending_request() = default;
  pending_request(const pending_request&) = delete;
  pending_request& operator=(const pending_request&) = delete;
  virtual ~pending_request() = default;

  /// Copies the reply to where it is wanted.
  virtual void take(const message_view& reply, error_code& ec) noexcept = 0;
  /// Called once, when it is known how the request ended. It must not call anything of the user's. False: there was no
  /// memory to tell of it, so that somebody must `tell` later.
  virtual bool complete(const error_code& ec) noexcept = 0;
  /// Called where anything of the user's may be called, until it returns true.
  virtual bool tell() { return true; }

 private:
  friend class request_table;
  std::shared_ptr<pending_request> behind_;  // of those that are still to be told
};

/// The requests of one channel that wait for their replies, by number.
///
/// Replies to requests that nobody waits for any more are dropped; so a reply may be handed in twice.
///
/// Thread safety: one thread at a time, but for `last_id`.
class request_table {
 public:
  request_table() = default;
  ~request_table();
  request_table(const request_table&) = delete;
  request_table& operator=(const request_table&) = delete;

  request_id next_id() noexcept {
    const auto id = last_.load(std::memory_order_relaxed) + 1;
    last_.store(id, std::memory_order_relaxed);
    return request_id{id};
  }
  /// The newest number. Any thread.
  request_id last_id() const noexcept { return request_id{last_.load(std::memory_order_relaxed)}; }

  void add(request_id id, std::shared_ptr<pending_request> request) { waiting_.emplace(id, std::move(request)); }
  void deliver(const message_view& reply) noexcept;
  void fail(request_id, const error_code&) noexcept;
  void fail_all(const error_code&) noexcept;
  /// Fails those with this number or an older one.
  void fail_up_to(request_id, const error_code&) noexcept;
  bool waits(request_id id) const { return waiting_.contains(id); }
  /// Whether none waits, and none is to be told that it ended.
  bool empty() const noexcept { return waiting_.empty() && !some_to_tell(); }

  /// Whether some have ended that could not be told so.
  bool some_to_tell() const noexcept { return untold_ != nullptr; }
  /// Tells them, as far as possible.
  void tell();

 private:
  std::shared_ptr<pending_request> extract(request_id) noexcept;
  void complete(std::shared_ptr<pending_request>, const error_code&) noexcept;

  std::atomic<std::uint64_t> last_{0};
  using entry = std::pair<const request_id, std::shared_ptr<pending_request>>;
  std::unordered_map<request_id, entry::second_type, std::hash<request_id>, std::equal_to<>, recycling_allocator<entry>>
      waiting_;
  std::shared_ptr<pending_request> untold_;
};

}  // namespace belfry::detail

#endif
