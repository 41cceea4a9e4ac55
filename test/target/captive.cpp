// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A plugin that tries what each message says, as one that is taken over would, and tells what came of it: "done", the name of
// an error, or what it has found. The tests of confinement launch it.

#include <belfry/guest.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/system_executor.hpp>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace {

using words = std::vector<std::string>;

constexpr int lifeline = 3;
constexpr int doorbell = 4;

std::string outcome(long result) { return result < 0 ? ::strerrorname_np(errno) : "done"; }

std::string open_as(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  const auto text = outcome(fd);
  if (fd >= 0) ::close(fd);
  return text;
}

std::string list(const std::string& path) {
  DIR* const folder = ::opendir(path.c_str());
  if (folder == nullptr) return outcome(-1);
  ::closedir(folder);
  return "done";
}

std::string socket_of(int family, int type) {
  const int fd = ::socket(family, type | SOCK_CLOEXEC, 0);
  const auto text = outcome(fd);
  if (fd >= 0) ::close(fd);
  return text;
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

std::string send_message(int fd, const std::string& path) {
  auto address = address_of(path);
  char byte = 'x';
  iovec piece{&byte, 1};
  msghdr message{};
  message.msg_name = &address;
  message.msg_namelen = sizeof address;
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  return outcome(::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

std::string child_by(long (*start)()) {
  const long pid = start();
  if (pid == 0) ::_exit(0);
  const auto text = outcome(pid);
  if (pid > 0) ::waitpid(static_cast<pid_t>(pid), nullptr, 0);
  return text;
}

std::string memory(std::size_t bytes) {
  try {
    const std::unique_ptr<char[]> block(new char[bytes]);
    for (std::size_t i = 0; i < bytes; i += 4096) block[i] = 1;
    return "done";
  } catch (const std::bad_alloc&) {
    return "bad_alloc";
  }
}

std::string write_file(const std::string& path, std::size_t bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return outcome(fd);
  const std::string contents(bytes, 'x');
  const auto text = outcome(::write(fd, contents.data(), contents.size()));
  ::close(fd);
  return text;
}

std::string descriptors() {
  int last = -1;
  while (true) {
    const int fd = ::dup(0);
    if (fd < 0) break;
    last = fd;
  }
  return std::to_string(last + 1);
}

std::string identity() {
  std::ostringstream text;
  uid_t r = 0, e = 0, s = 0;
  ::getresuid(&r, &e, &s);
  text << r << ' ' << e << ' ' << s << ", ";
  ::getresgid(&r, &e, &s);
  text << r << ' ' << e << ' ' << s << ",";
  std::vector<gid_t> groups(64);
  groups.resize(static_cast<std::size_t>(std::max(0, ::getgroups(64, groups.data()))));
  for (const auto g : groups) text << ' ' << g;
  return text.str();
}

std::string processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  ::sched_getaffinity(0, sizeof set, &set);
  std::string text;
  for (int i = 0; i != CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &set)) text += (text.empty() ? "" : " ") + std::to_string(i);
  }
  return text;
}

std::string variables() {
  std::string text;
  for (char** v = environ; v != nullptr && *v != nullptr; ++v) text += std::string(*v) + "\n";
  return text;
}

std::string thread() {
  try {
    std::string text;
    std::thread([&] { text = "done"; }).join();
    return text;
  } catch (const std::system_error& e) {
    return ::strerrorname_np(e.code().value());
  }
}

unsigned number(const words& w, std::size_t i) { return static_cast<unsigned>(std::stoul(w.at(i))); }

[[noreturn]] void spin() {
  volatile unsigned n = 0;
  for (;;) n = n + 1;
}

std::string executable_memory() {
  void* const made = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (made != MAP_FAILED) return "done";
  void* const plain = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return outcome(-1) + " " + outcome(::mprotect(plain, 4096, PROT_READ | PROT_EXEC));
}

std::string execute(const std::string& path) {
  char* const none[] = {nullptr};
  return outcome(::execve(path.c_str(), none, none));
}

const std::map<std::string, std::function<std::string(const words&)>> attempts = {
    {"hello", [](const words&) { return std::string("done"); }},
    {"open", [](const words& w) { return open_as(w.at(1), O_RDONLY); }},
    {"append", [](const words& w) { return open_as(w.at(1), O_WRONLY | O_APPEND); }},
    {"create", [](const words& w) { return open_as(w.at(1), O_WRONLY | O_CREAT); }},
    {"truncate", [](const words& w) { return outcome(::truncate(w.at(1).c_str(), 0)); }},
    {"open_and_truncate", [](const words& w) { return open_as(w.at(1), O_RDONLY | O_TRUNC); }},
    {"list", [](const words& w) { return list(w.at(1)); }},
    {"remove", [](const words& w) { return outcome(::unlink(w.at(1).c_str())); }},
    {"stat",
     [](const words& w) {
       struct stat status{};
       return outcome(::stat(w.at(1).c_str(), &status));
     }},
    {"chmod", [](const words& w) { return outcome(::chmod(w.at(1).c_str(), 0600)); }},
    {"execute", [](const words& w) { return execute(w.at(1)); }},
    {"socket_inet", [](const words&) { return socket_of(AF_INET, SOCK_STREAM); }},
    {"socket_udp", [](const words&) { return socket_of(AF_INET6, SOCK_DGRAM); }},
    {"socket_unix", [](const words&) { return socket_of(AF_UNIX, SOCK_STREAM); }},
    {"socket_netlink", [](const words&) { return socket_of(AF_NETLINK, SOCK_RAW); }},
    {"sendto",
     [](const words& w) {
       const auto address = address_of(w.at(1));
       return outcome(::sendto(doorbell, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL,
                               reinterpret_cast<const sockaddr*>(&address), sizeof address));
     }},
    {"sendmsg", [](const words& w) { return send_message(doorbell, w.at(1)); }},
    {"sendmsg_by_lifeline", [](const words& w) { return send_message(lifeline, w.at(1)); }},
    {"connect",
     [](const words& w) {
       const auto address = address_of(w.at(1));
       return outcome(::connect(doorbell, reinterpret_cast<const sockaddr*>(&address), sizeof address));
     }},
    {"close", [](const words& w) { return outcome(::close(std::stoi(w.at(1)))); }},
    {"close_range", [](const words& w) { return outcome(::close_range(number(w, 1), number(w, 2), 0)); }},
    {"fcntl",
     [](const words& w) { return outcome(::fcntl(std::stoi(w.at(1)), std::stoi(w.at(2)), std::stoi(w.at(3)))); }},
    {"no_signals",
     [](const words& w) {
       int off = 0;
       return outcome(::ioctl(std::stoi(w.at(1)), FIOASYNC, &off));
     }},
    {"copy", [](const words& w) { return outcome(::dup(std::stoi(w.at(1)))); }},
    {"copy_onto", [](const words& w) { return outcome(::dup2(std::stoi(w.at(1)), std::stoi(w.at(2)))); }},
    {"copy_onto_3", [](const words& w) { return outcome(::dup3(std::stoi(w.at(1)), std::stoi(w.at(2)), O_CLOEXEC)); }},
    {"read",
     [](const words& w) {
       char byte = 0;
       return outcome(::read(std::stoi(w.at(1)), &byte, 1));
     }},
    {"receive",
     [](const words& w) {
       char byte = 0;
       return outcome(::recv(std::stoi(w.at(1)), &byte, 1, MSG_DONTWAIT));
     }},
    {"leave_group", [](const words&) { return outcome(::setsid()); }},
    {"copy_doorbell", [](const words&) { return outcome(::dup2(doorbell, 100)); }},
    {"io_uring",
     [](const words&) {
       char parameters[256] = {};
       return outcome(::syscall(SYS_io_uring_setup, 4, parameters));
     }},
    {"fork", [](const words&) { return child_by([]() -> long { return ::fork(); }); }},
    {"vfork",
     [](const words&) {
       return child_by([]() -> long { return ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr); });
     }},
    {"thread", [](const words&) { return thread(); }},
    {"kill", [](const words& w) { return outcome(::kill(std::stoi(w.at(1)), 0)); }},
    {"trace",
     [](const words& w) {
       return outcome(::syscall(SYS_process_vm_readv, std::stoi(w.at(1)), nullptr, 0, nullptr, 0, 0));
     }},
    {"executable_memory", [](const words&) { return executable_memory(); }},
    {"memory", [](const words& w) { return memory(std::stoull(w.at(1))); }},
    {"write_file", [](const words& w) { return write_file(w.at(1), std::stoull(w.at(2))); }},
    {"descriptors", [](const words&) { return descriptors(); }},
    {"identity", [](const words&) { return identity(); }},
    {"nice", [](const words&) { return std::to_string(::getpriority(PRIO_PROCESS, 0)); }},
    {"processors", [](const words&) { return processors(); }},
    {"variables", [](const words&) { return variables(); }},
    {"no_new_privileges", [](const words&) { return std::to_string(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)); }},
    {"filtered", [](const words&) { return std::to_string(::prctl(PR_GET_SECCOMP, 0, 0, 0, 0)); }},
    {"dumpable", [](const words&) { return std::to_string(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)); }},
    {"print", [](const words&) { return outcome(::write(STDOUT_FILENO, "", 0)); }},
    {"abort",
     [](const words&) -> std::string {
       std::signal(SIGABRT, SIG_DFL);  // a sanitizer would make an exit of it
       std::abort();
     }},
    {"spin", [](const words&) -> std::string { spin(); }},
};

words split(std::string_view text) {
  std::istringstream in{std::string(text)};
  words result;
  for (std::string word; in >> word;) result.push_back(word);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  // One with a thread of its own before it attaches: what is laid upon the plugin then is laid upon this, too.
  std::string from_thread;
  std::thread other;
  int line[2] = {-1, -1};
  if (argc > 1 && std::string(argv[1]) == "threaded" && ::pipe2(line, O_CLOEXEC) == 0) {
    other = std::thread([&] {
      char go = 0;
      if (::read(line[0], &go, 1) == 1) from_thread = open_as("/", O_RDONLY | O_DIRECTORY);
    });
  }
  auto host = belfry::guest::attach_or_exit(boost::asio::system_executor(), argc, argv);
  if (other.joinable()) {
    if (::write(line[1], "g", 1) != 1) return 1;
    other.join();
    host.sender().send(boost::asio::buffer(from_thread));
  }
  belfry::error_code ec;
  while (const auto message = host.receiver().peek(ec)) {
    std::string answer;
    if (message.kind() == 1) {  // to be sent back as it is
      answer = message.text();
    } else {
      const auto wanted = split(message.text());
      answer = attempts.at(wanted.at(0))(wanted);
    }
    host.receiver().release();
    host.sender().send(boost::asio::buffer(answer), ec);
  }
}
