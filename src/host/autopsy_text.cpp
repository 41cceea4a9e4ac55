// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "text.hpp"

#include <belfry/autopsy.hpp>
#include <belfry/detail/segment_layout.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace belfry {
namespace {

using detail::printable;

/// With microseconds, in UTC: who reads it may be somewhere else.
std::string text_of(std::chrono::system_clock::time_point t) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(t);
  const std::time_t whole = std::chrono::system_clock::to_time_t(seconds);
  std::tm parts{};
  std::array<char, 64> text{};
  if (::gmtime_r(&whole, &parts) == nullptr || std::strftime(text.data(), text.size(), "%F %T", &parts) == 0)
    return "?";
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(t - seconds).count();
  std::array<char, 32> fraction{};  // the compiler counts on any number, not only on such as these
  std::snprintf(fraction.data(), fraction.size(), ".%06lld UTC", static_cast<long long>(rest));
  return std::string(text.data()) + fraction.data();
}

std::string text_of(double v) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.15g", v);
  return text.data();
}

/// As letters where they are such, and dots where not.
std::string as_letters(const std::string& bytes) {
  std::string result;
  for (const char c : bytes) result += c >= 0x20 && c < 0x7f ? c : '.';
  return result;
}

std::string as_digits(const std::string& bytes) {
  std::string result;
  for (const char c : bytes) {
    std::array<char, 4> two{};
    std::snprintf(two.data(), two.size(), "%02x ", static_cast<unsigned char>(c));
    result += two.data();
  }
  return result;
}

std::string dump(const std::string& bytes) {
  constexpr std::size_t in_a_line = 16;
  std::string result;
  for (std::size_t i = 0; i < bytes.size(); i += in_a_line) {
    const auto some = bytes.substr(i, in_a_line);
    auto digits = as_digits(some);
    digits.resize(3 * in_a_line, ' ');
    result += "        " + digits + " " + as_letters(some) + "\n";
  }
  return result;
}

std::string describe_message(const recorded_message& m, bool being_read) {
  std::string line = "    at " + std::to_string(m.position) + ": kind " + std::to_string(m.kind) + ", " +
                     std::to_string(m.size) + " bytes";
  if (m.what == recorded_message::type::request) line += ", request " + std::to_string(m.number);
  if (m.what == recorded_message::type::reply) line += ", reply to " + std::to_string(m.number);
  if (m.large) line += ", beside the ring";
  if (m.time) line += ", " + text_of(*m.time);
  line += m.released ? ", read" : being_read ? ", NOT READ: here its receiver stood" : ", not read";
  return line + "\n" + dump(m.first_bytes);
}

/// Where the next message begins, if the message lies in the ring itself.
std::uint64_t behind(const recorded_message& m) {
  namespace header = detail::message_header;
  return m.position + header::footprint(m.size + (m.what == recorded_message::type::plain ? 0 : header::number_size));
}

std::string describe_direction(const autopsy_direction& d, const char* what) {
  const std::uint64_t unread = d.written - d.released;
  std::string text = std::string(what) + ": " + std::to_string(d.messages) + " messages, " + std::to_string(d.bytes) +
                     " bytes by the host's count; a ring of " + std::to_string(d.capacity) + " bytes, written to " +
                     std::to_string(d.written) + ", read to " + std::to_string(d.released) + ", " +
                     std::to_string(unread) + " bytes unread\n";
  text += "  the host rang " + std::to_string(d.rings) + " times and waited " + std::to_string(d.sleeps) + " times";
  if (d.writer_waits) text += "; the sender waited for room";
  if (d.reader_waits) text += "; the receiver waited for a message";
  text += d.last.empty() ? "\n" : "; the last messages:\n";
  for (std::size_t i = 0; i != d.last.size(); ++i) {
    const auto& m = d.last[i];
    text += describe_message(m, m.position == d.released);
    // The one that was being read is recorded however old it is.
    if (!m.large && i + 1 != d.last.size() && behind(m) < d.last[i + 1].position) {
      text +=
          "    ... " + std::to_string(d.last[i + 1].position - behind(m)) + " bytes of messages are left out here\n";
    }
  }
  return text;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string result;
  for (const auto& t : texts) result += " " + printable(t);
  return result.empty() ? " (none)" : result;
}

}  // namespace

std::string describe(const autopsy& a) {
  std::string text = "plugin " + printable(a.name) + " (pid " + std::to_string(a.pid) + ") of " + printable(a.host) +
                     " (pid " + std::to_string(a.host_pid) + "), " + text_of(a.time) + ", belfry " +
                     printable(a.belfry) + "\n";
  text += "  channel: " + printable(a.reason) + "\n  process: " + (a.status ? to_string(*a.status) : "not ended") +
          "\n  uptime: " + text_of(std::chrono::duration<double>(a.uptime).count()) + " s\n";
  if (a.usage) {
    text += "  processor time: " + text_of(std::chrono::duration<double>(a.usage->user_time).count()) +
            " s, in the kernel " + text_of(std::chrono::duration<double>(a.usage->system_time).count()) +
            " s\n  memory at its peak: " + std::to_string(a.usage->peak_memory_bytes) + " bytes" +
            (a.usage->peak_memory_exact ? "\n" : " or more\n");
  }
  text += "  program: " + printable(a.executable) + "\n  arguments:" + joined(a.arguments) +
          "\n  environment:" + joined(a.environment) + "\n";
  for (const auto& [name, value] : a.options) text += "  " + printable(name) + ": " + printable(value) + "\n";
  if (!a.last_errors.empty()) text += "standard error, last lines:\n";
  for (const auto& line : a.last_errors) text += "    " + printable(line) + "\n";
  text += describe_direction(a.to_plugin, "to the plugin");
  text += describe_direction(a.from_plugin, "from the plugin");
  return text;
}

}  // namespace belfry
