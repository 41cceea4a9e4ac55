// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_REQUEST_OP_HPP
#define BELFRY_DETAIL_REQUEST_OP_HPP

#include <belfry/detail/async_request.hpp>
#include <belfry/detail/receive_op.hpp>
#include <belfry/detail/receiver_state.hpp>
#include <belfry/detail/recycle.hpp>
#include <belfry/detail/send_op.hpp>
#include <belfry/detail/sender_state.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace belfry::detail {

/// Copies a reply to where it is wanted; what the copying throws becomes an error.
template <class Target>
std::size_t copy_reply(const message_view& reply, Target& target, error_code& ec) noexcept {
  try {
    return copy_out(reply, target, ec);
  } catch (...) {
    ec = make_error_code(boost::system::errc::not_enough_memory);
    return 0;
  }
}

template <class Target>
class async_request_into final : public async_request {
 public:
  async_request_into(boost::asio::any_io_executor executor, const Target& target)
      : async_request(std::move(executor)), target_(target) {}

  void take(const message_view& reply, error_code& ec) noexcept override { size_ = copy_reply(reply, target_, ec); }

 private:
  Target target_;
};

/// Copies and commits a request, and waits for its reply.
template <class ConstBufferSequence, class Target>
struct send_then_wait {
  std::shared_ptr<sender_state> state;
  ConstBufferSequence buffers;
  envelope what;
  std::shared_ptr<receiver_state> receiver;
  Target target;

  std::size_t size() const { return what.overhead() + boost::asio::buffer_size(buffers); }

  template <class Self>
  void with_room(Self& self, error_code ec, std::span<std::byte> room, std::uint64_t begun, turnstile::turn turn) {
    std::shared_ptr<async_request> request;
    if (!ec) {
      what.id = receiver->next_request();
      fill(room, buffers, what);
      receiver_state::start_pump(receiver, ec);
    }
    if (!ec) request = make_request(ec);
    if (ec) {
      turn.leave([&](const auto& channels) { return is_same_executor(self.get_executor(), channels); });
      return done(self, ec, 0);
    }
    // With the operation goes all that is in here; what waits in the receiver must not own it.
    const auto sender = std::move(state);
    const auto waits = std::move(receiver);
    const auto e = what;
    const auto without_memory = make_error_code(boost::system::errc::not_enough_memory);
    const bool here = is_same_executor(self.get_executor(), sender->executor());
    auto handler = recycle(std::move(self));
    async_request::handler_type erased;
    try {
      async_request::handler_type(std::move(handler)).swap(erased);
    } catch (const std::bad_alloc&) {
      turn.leave([&](const auto&) { return here; });
      return std::move(handler)(without_memory, std::size_t{0});  // it was not moved: memory comes first
    }
    bool known = request->handler(std::move(erased), here);
    try {
      // It must be known before it can be answered.
      if (known) receiver_state::async_await_reply(waits, e.id, request);
    } catch (const std::bad_alloc&) {
      known = false;
    }
    if (!known) {
      turn.leave([&](const auto&) { return here; });
      return request->refuse(without_memory);
    }
    // What ends all waits from here on finds this one. What came while the request was written has not.
    if (sender->endings_of_waits() == begun) sender->commit(room.size(), e.kind, e.flags);
    else waits->fail_request(e.id, boost::asio::error::operation_aborted);
    turn.leave([&](const auto&) { return here; });
  }

  template <class Self>
  void done(Self& self, error_code ec, std::size_t size) {
    state.reset();
    receiver.reset();
    self.complete(ec, size);
  }

 private:
  std::shared_ptr<async_request> make_request(error_code& ec) {
    try {
      return std::allocate_shared<async_request_into<Target>>(recycling_allocator<async_request_into<Target>>(),
                                                              state->executor(), target);
    } catch (const std::bad_alloc&) {
      ec = make_error_code(boost::system::errc::not_enough_memory);
      return nullptr;
    }
  }
};

template <class ConstBufferSequence, class Target>
using request_op = send_in_turn<send_then_wait<ConstBufferSequence, Target>>;

/// A request for whose reply somebody blocks.
template <class Target>
class blocking_request final : public pending_request {
 public:
  explicit blocking_request(Target& target) : target_(target) {}

  void take(const message_view& reply, error_code& ec) noexcept override { received = copy_reply(reply, target_, ec); }
  bool complete(const error_code& ec) noexcept override {
    result = ec;
    done = true;
    return true;
  }

  bool done = false;
  error_code result;
  std::size_t received = 0;

 private:
  Target& target_;
};

/// Sends a request and blocks for its reply.
template <class ConstBufferSequence, class Target>
std::size_t request(sender_state& out, receiver_state& in, const ConstBufferSequence& buffers, std::uint16_t kind,
                    Target& target, const steady_deadline& deadline, error_code& ec) {
  const auto begun = out.endings_of_waits();
  envelope what{kind, message_header::request, in.next_request()};
  const auto room = out.reserve(what.overhead() + boost::asio::buffer_size(buffers), deadline, ec);
  if (ec) return 0;
  std::shared_ptr<blocking_request<Target>> waiting;
  try {
    waiting = std::make_shared<blocking_request<Target>>(target);
    in.add_request(what.id, waiting);
  } catch (const std::bad_alloc&) {
    ec = make_error_code(boost::system::errc::not_enough_memory);
    return 0;
  }
  fill(room, buffers, what);
  out.commit(room.size(), kind, what.flags);
  in.await_reply(waiting->done, [&] { return out.endings_of_waits() != begun; }, deadline, ec);
  if (!waiting->done) in.fail_request(what.id, ec);
  ec = waiting->result;
  return ec ? 0 : waiting->received;
}

}  // namespace belfry::detail

#endif
