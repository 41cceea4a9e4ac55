// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_DETAIL_DESCRIPTOR_EXCHANGE_HPP
#define BELFRY_DETAIL_DESCRIPTOR_EXCHANGE_HPP

#include <belfry/detail/counter.hpp>
#include <belfry/detail/deadline.hpp>
#include <belfry/detail/descriptor_queue.hpp>
#include <belfry/detail/link.hpp>
#include <belfry/detail/posix/bell_waiter.hpp>
#include <belfry/detail/spinner.hpp>
#include <belfry/passed_descriptor.hpp>
#include <belfry/segment.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace belfry::detail {

/// A channel's descriptors that are handed over, both ways. They go over the lifeline. Lives in a channel_state.
class descriptor_exchange {
 public:
  descriptor_exchange(boost::asio::any_io_executor, const segment& own, const segment& peer, detail::link&);

  /// From now on so many of the peer's may wait here. Errors: `invalid_argument`, `not_enough_memory`.
  void accept(std::size_t limit, error_code& ec) noexcept;
  /// The same for a limit that is possible.
  void accept(std::size_t limit);

  /// Any thread.
  void send(std::string_view name, int fd, error_code& ec) noexcept;

  /// None, without an error: there is none now.
  passed_descriptor try_receive(error_code& ec);
  passed_descriptor receive(const steady_deadline&, error_code& ec);
  using receive_handler = boost::asio::any_completion_handler<void(error_code, passed_descriptor)>;
  /// The pending operation keeps `self`, and with it the channel, alive.
  static void async_receive(std::shared_ptr<descriptor_exchange> self, receive_handler);

  void cancel() noexcept { waiter_.interrupt(posix::wake_reason::interrupted); }
  /// Any thread.
  std::uint64_t sleeps() const noexcept { return sleeps_.get(); }

 private:
  template <class>
  struct receive_body;

  bool look(error_code& ec) noexcept;

  const control_block& peer_;
  detail::link& link_;
  boost::asio::any_io_executor executor_;
  posix::bell_waiter waiter_;
  spinner spinner_;
  counter sleeps_;
  descriptor_queue received_;
  std::atomic<std::uint64_t> sent_{0};
};

}  // namespace belfry::detail

#endif
