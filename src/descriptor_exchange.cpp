// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "posix/socket_pair.hpp"
#include "wait_loop.hpp"

#include <belfry/detail/descriptor_exchange.hpp>

#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>

#include <new>
#include <utility>

namespace belfry::detail {

descriptor_exchange::descriptor_exchange(boost::asio::any_io_executor executor, const segment& own, const segment& peer,
                                         detail::link& l)
    : peer_(*peer.control()),
      link_(l),
      executor_(std::move(executor)),
      waiter_(executor_, posix::bell_waiter::no_bell, l.native_handle()),
      spinner_(own.control()->only_processor, peer.control()->only_processor),
      received_(*own.control(), waiter_) {
  spinner_.policy(wait_policy::block);  // descriptors come over a socket, where there is nothing to see by looking
  link_.watch(waiter_);
  link_.keep_descriptors(received_);
}

void descriptor_exchange::accept(std::size_t limit, error_code& ec) noexcept {
  ec.clear();
  if (limit > most_descriptors) {
    ec = make_error_code(boost::system::errc::invalid_argument);
    return;
  }
  try {
    accept(limit);
  } catch (const std::bad_alloc&) {
    ec = make_error_code(boost::system::errc::not_enough_memory);
  }
}

void descriptor_exchange::accept(std::size_t limit) {
  if (limit == 0) return;
  link_.let_descriptors_come();
  received_.accept(limit);
}

void descriptor_exchange::send(std::string_view name, int fd, error_code& ec) noexcept {
  ec.clear();
  if (!is_descriptor_name(name)) {
    ec = make_error_code(boost::system::errc::invalid_argument);
  } else if (!posix::is_open(fd)) {
    ec = error::handle_not_open;
  } else if (!link_.may_send()) {
    ec = link_.error();
    if (!ec) ec = boost::asio::error::shut_down;
  }
  if (ec) return;
  const std::uint64_t credit = peer_.descriptor_credit.load(std::memory_order_acquire);
  if (credit == 0) {
    ec = error::descriptors_not_accepted;
    return;
  }
  // Counted first, since other threads may send meanwhile.
  if (sent_.fetch_add(1) >= credit) ec = make_error_code(boost::system::errc::no_buffer_space);
  else link_.pass_descriptor(name, fd, ec);
  if (ec) --sent_;
}

/// Whether there is a descriptor, or a reason why there will be none.
bool descriptor_exchange::look(error_code& ec) noexcept {
  // The end first, the queue second: what came before the end must not be missed.
  const error_code end = link_.error();
  const bool finished = link_.peer_finished();
  if (!link_.may_receive()) ec = link_.error();
  else if (!received_.empty()) return true;
  else if (end) ec = end;
  else if (finished) ec = error::closed;
  return static_cast<bool>(ec);
}

passed_descriptor descriptor_exchange::try_receive(error_code& ec) {
  ec.clear();
  link_.listen();
  if (!look(ec) || ec) return {};
  return received_.take(ec);
}

template <class Pointer>
struct descriptor_exchange::receive_body {
  Pointer exchange;

  bool look(error_code& ec) { return exchange->look(ec); }
  bool hint() const { return true; }  // to look is all that there is
  // Nothing needs to be published: the lifeline stays readable until somebody has listened, and who has, interrupts.
  void arm() {}
  void disarm() {}
  void stalled(bool) {}
  std::uint64_t messages() const { return 0; }
  bool answer() const { return true; }
  posix::bell_waiter& waiter() { return exchange->waiter_; }
  spinner& spin() { return exchange->spinner_; }
  counter& sleeps() { return exchange->sleeps_; }
  detail::link& line() { return exchange->link_; }
  boost::asio::any_io_executor executor() const { return exchange->executor_; }

  template <class Self>
  void complete(Self& self, error_code ec) {
    passed_descriptor result;
    if (!ec) {
      try {
        result = exchange->received_.take(ec);
      } catch (const std::bad_alloc&) {
        ec = make_error_code(boost::system::errc::not_enough_memory);
      }
    }
    exchange.reset();
    self.complete(ec, std::move(result));
  }
};

passed_descriptor descriptor_exchange::receive(const steady_deadline& deadline, error_code& ec) {
  ec.clear();
  receive_body<descriptor_exchange*> body{this};
  if (!body.look(ec)) block_until(body, deadline, ec);
  return ec ? passed_descriptor() : received_.take(ec);
}

void descriptor_exchange::async_receive(std::shared_ptr<descriptor_exchange> self, receive_handler handler) {
  using body = receive_body<std::shared_ptr<descriptor_exchange>>;
  const auto executor = self->executor_;
  boost::asio::async_compose<receive_handler, void(error_code, passed_descriptor)>(wait_op<body>{body{std::move(self)}},
                                                                                   handler, executor);
}

}  // namespace belfry::detail
