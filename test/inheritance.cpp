// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include <belfry/channel.hpp>
#include <belfry/doorbell.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#define BOOST_TEST_MODULE inheritance
#include "support/channels.hpp"
#include "support/completion.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

// Whoever starts a program while another thread works with belfry must not hand it anything of belfry's. That holds at
// any instant only where whatever makes a descriptor makes it close-on-exec: to mark it afterwards is too late.

using belfry::doorbell;
using belfry::error_code;
namespace asio = boost::asio;
namespace test = belfry::test;

namespace {

// UndefinedBehaviorSanitizer looks at virtual tables through a pipe of its own.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool pipes_are_ours = false;
#else
constexpr bool pipes_are_ours = true;
#endif

bool watching = false;
std::set<std::string_view> made_by;
std::set<std::string_view> inheritable;

template <class... Arguments>
int make(const char* name, bool close_on_exec, long number, Arguments... arguments) {
  if (watching) {
    made_by.insert(name);
    if (!close_on_exec) inheritable.insert(name);
  }
  return static_cast<int>(::syscall(number, arguments...));
}

}  // namespace

// In the place of the C library's.
extern "C" {
int socketpair(int domain, int type, int protocol, int* ends) noexcept {
  return make("socketpair", (type & SOCK_CLOEXEC) != 0, SYS_socketpair, domain, type, protocol, ends);
}
int socket(int domain, int type, int protocol) noexcept {
  return make("socket", (type & SOCK_CLOEXEC) != 0, SYS_socket, domain, type, protocol);
}
int pipe(int* ends) noexcept { return make("pipe", !pipes_are_ours, SYS_pipe2, ends, 0); }
int pipe2(int* ends, int flags) noexcept { return make("pipe2", (flags & O_CLOEXEC) != 0, SYS_pipe2, ends, flags); }
int dup(int fd) noexcept { return make("dup", false, SYS_dup, fd); }
int epoll_create(int) noexcept { return make("epoll_create", false, SYS_epoll_create1, 0); }
int epoll_create1(int flags) noexcept {
  return make("epoll_create1", (flags & EPOLL_CLOEXEC) != 0, SYS_epoll_create1, flags);
}
int eventfd(unsigned value, int flags) noexcept {
  return make("eventfd", (flags & EFD_CLOEXEC) != 0, SYS_eventfd2, value, flags);
}
int timerfd_create(int clock, int flags) noexcept {
  return make("timerfd_create", (flags & TFD_CLOEXEC) != 0, SYS_timerfd_create, clock, flags);
}
int memfd_create(const char* name, unsigned flags) noexcept {
  return make("memfd_create", (flags & MFD_CLOEXEC) != 0, SYS_memfd_create, name, flags);
}
ssize_t recvmsg(int fd, msghdr* message, int flags) {
  return make("recvmsg", (flags & MSG_CMSG_CLOEXEC) != 0, SYS_recvmsg, fd, message, flags);
}
}

BOOST_AUTO_TEST_CASE(no_descriptor_can_be_inherited_at_any_instant) {
  watching = true;
  {
    asio::io_context context;
    auto [a, b] = test::make_channels(context.get_executor(), test::large_messages(1 << 20));
    auto [bell, handle] = doorbell::create_pair(context.get_executor());
    auto other_bell = doorbell::from_handle(context.get_executor(), std::move(handle));
    error_code ec;
    bell.async_wait(test::into(ec));
    b.accept_descriptors(1);
    std::string name;
    b.async_receive_descriptor([&](error_code, const belfry::passed_descriptor& d) { name = d.name(); });
    std::string text;
    b.receiver().async_receive(asio::dynamic_buffer(text), test::into(ec));
    a.sender().send(asio::buffer(std::string(50'000, 'm')));
    a.send_descriptor("input", STDIN_FILENO);
    other_bell.signal();
    context.run();
    BOOST_TEST(text.size() == 50'000u);
    BOOST_TEST(name == "input");
    b.receiver().peek_for(std::chrono::nanoseconds(0), ec);
  }
  watching = false;
  for (const auto& name : inheritable) BOOST_ERROR(name << " made one that is not close-on-exec from birth");
  // The test would see nothing if these were not its own.
  for (const char* name : {"socketpair", "epoll_create1", "eventfd", "memfd_create", "recvmsg"}) {
    BOOST_TEST(made_by.count(name) == 1u, name);
  }
}
