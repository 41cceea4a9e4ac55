// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_SUPERVISION_HPP
#define BELFRY_TEST_SUPPORT_SUPERVISION_HPP

#include "context_fixture.hpp"

#include <belfry/diagnostics.hpp>
#include <belfry/supervisor.hpp>

#include <boost/asio/buffer.hpp>

#include <filesystem>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

namespace belfry::test {

using event_type = supervisor_event::type;

/// A plugin that lives and dies by its messages.
inline launch_options patient(std::vector<std::string> arguments = {}) {
  launch_options options;
  options.executable = BELFRY_TEST_BIN_DIR "/patient";
  options.arguments = std::move(arguments);
  // Long enough for a loaded machine under a sanitizer.
  options.handshake_timeout = std::chrono::seconds(60);
  options.stop_grace = std::chrono::seconds(60);
  return options;
}

/// A folder for files by which a plugin remembers, longer than it lives.
struct memory_folder {
  memory_folder() {
    std::string text = std::filesystem::temp_directory_path() / "belfry-test-XXXXXX";
    if (::mkdtemp(text.data()) == nullptr) throw std::runtime_error("cannot make a folder");
    path = text;
  }
  ~memory_folder() { std::filesystem::remove_all(path); }
  memory_folder(const memory_folder&) = delete;
  memory_folder& operator=(const memory_folder&) = delete;

  std::string file(const std::string& name) const { return path / name; }

  std::filesystem::path path;
};

/// A supervisor in an io_context that is run here, and what it tells.
struct supervising : context_fixture {
  supervising() {
    set_diagnostics_sink({});
    options.restarts.first_delay = std::chrono::milliseconds(1);
    options.restarts.limit = 100;
    options.unresponsive_after = std::chrono::milliseconds(0);
    options.on_event = [this](const supervisor_event& e) { events.push_back(e); };
  }
  ~supervising() {
    s.reset();
    run();
  }

  supervisor& start(launch_options what = patient()) {
    s.emplace(context.get_executor(), std::move(what), options);
    s->start();
    return *s;
  }

  template <class Condition>
  void run_until(Condition condition) {
    while (!condition()) {
      context.restart();
      context.run_one();
    }
  }
  int count(event_type t) const {
    int n = 0;
    for (const auto& e : events) n += e.what == t;
    return n;
  }
  const supervisor_event& first(event_type t) const {
    for (const auto& e : events)
      if (e.what == t) return e;
    throw std::runtime_error("no such event");
  }
  void run_until(event_type t, int times = 1) {
    run_until([&] { return count(t) >= times; });
  }

  /// Sends without waiting for it.
  void send(const std::string& text, std::uint16_t kind = 0) {
    const auto& kept = texts.emplace_back(text);
    s->async_send(boost::asio::buffer(kept), kind, [this](error_code ec) { sends.push_back(ec); });
  }
  std::string receive() {
    std::string text;
    std::optional<error_code> result;
    s->async_receive(boost::asio::dynamic_buffer(text), [&](error_code ec, std::size_t) { result = ec; });
    run_until([&] { return result.has_value(); });
    return *result ? "(" + result->message() + ")" : text;
  }
  std::string request(const std::string& question) {
    std::string text;
    std::optional<error_code> result;
    s->async_request(boost::asio::buffer(question), 0, boost::asio::dynamic_buffer(text),
                     [&](error_code ec, std::size_t) { result = ec; });
    run_until([&] { return result.has_value(); });
    return *result ? "(" + result->message() + ")" : text;
  }
  error_code stop() {
    std::optional<error_code> result;
    s->async_stop([&](error_code ec) { result = ec; });
    run_until([&] { return result.has_value(); });
    return *result;
  }

  supervisor_options options;
  std::vector<supervisor_event> events;
  std::list<std::string> texts;
  std::vector<error_code> sends;
  std::optional<supervisor> s;
};

inline std::string text_of(const supervisor_event& e) {
  return {reinterpret_cast<const char*>(e.bytes.data()), e.bytes.size()};
}

}  // namespace belfry::test

#endif
