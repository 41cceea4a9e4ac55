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
#include <exception>
#include <memory>
#include <utility>

namespace belfry::detail {

/// Copies a reply to where it is wanted; what the copying throws becomes an error.
template <class Target>
std::size_t copy_reply(const message_view& reply, Target& target, error_code& ec) noexcept {
  try {
    return copy_out(reply, target, ec);
  } catch (const std::exception&) {
    ec = make_error_code(boost::system::errc::not_enough_memory);
    return 0;
  }
}

template <class Target>
class async_request_into final : public async_request {
 public:
  async_request_into(boost::asio::any_io_executor executor, handler_type handler, Target target)
      : async_request(std::move(executor), std::move(handler)), target_(std::move(target)) {}

  std::size_t take(const message_view& reply, error_code& ec) override { return copy_reply(reply, target_, ec); }

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
  void with_room(Self& self, error_code ec, std::span<std::byte> room, std::uint64_t begun) {
    if (ec) return done(self, ec, 0);
    what.id = receiver->next_request();
    fill(room, buffers, what);
    // It must be known before it can be answered. With the operation goes all that is in here; what waits in the
    // receiver must not own it.
    const auto sender = std::move(state);
    const auto waits = std::move(receiver);
    const auto e = what;
    auto wanted = std::move(target);
    auto request =
        std::make_shared<async_request_into<Target>>(sender->executor(), recycle(std::move(self)), std::move(wanted));
    receiver_state::async_await_reply(waits, e.id, std::move(request));
    // What ends all waits from here on finds this one. What came while the request was written has not.
    if (sender->endings_of_waits() == begun) sender->commit(room.size(), e.kind, e.flags);
    else waits->fail_request(e.id, boost::asio::error::operation_aborted);
  }

  template <class Self>
  void done(Self& self, error_code ec, std::size_t size) {
    state.reset();
    receiver.reset();
    self.complete(ec, size);
  }
};

template <class ConstBufferSequence, class Target>
using request_op = send_in_turn<send_then_wait<ConstBufferSequence, Target>>;

/// A request for whose reply somebody blocks.
template <class Target>
class blocking_request final : public pending_request {
 public:
  explicit blocking_request(Target& target) : target_(target) {}

  std::size_t take(const message_view& reply, error_code& ec) override { return copy_reply(reply, target_, ec); }
  void complete(error_code ec, std::size_t size) override {
    result = ec;
    received = size;
    done = true;
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
  const auto waiting = std::make_shared<blocking_request<Target>>(target);
  in.add_request(what.id, waiting);
  fill(room, buffers, what);
  out.commit(room.size(), kind, what.flags);
  in.await_reply(waiting->done, [&] { return out.endings_of_waits() != begun; }, deadline, ec);
  if (!waiting->done) in.fail_request(what.id, ec);
  ec = waiting->result;
  return waiting->received;
}

}  // namespace belfry::detail

#endif
