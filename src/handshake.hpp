// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HANDSHAKE_HPP
#define BELFRY_SRC_HANDSHAKE_HPP

#include <belfry/channel.hpp>
#include <belfry/error.hpp>
#include <belfry/lifeline.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace belfry::detail {

// How two sides come to terms. The state machines decide what a frame means and what to answer; they do no I/O.
//
//   guest                         host
//     hello   ------------------->            who I am, which versions I speak
//             <-------------------  welcome   the version we will speak, what I call you
//         or  <-------------------  refusal   why not
//     refusal ------------------->            where the guest itself cannot go on
//
// Before its welcome a host may have the guest install a filter of system calls; see host/filter_handover.hpp.

struct version_range {
  std::uint16_t min = 0;
  std::uint16_t max = 0;
};

/// What this build speaks.
version_range own_versions() noexcept;

/// "protocol 1", "protocols 1 to 3".
std::string to_string(const version_range&);

struct hello {
  version_range versions;
  std::uint32_t features = 0;  ///< The two sides use what both have.
  std::string name;
};

/// Of a guest: it installs a filter of system calls that the host sends it.
inline constexpr std::uint32_t feature_filter = 1;

struct welcome {
  std::uint16_t version = 0;
  std::uint32_t features = 0;
  std::string host_name;
  std::string plugin_name;
};

struct refusal {
  error reason = error::refused;
  std::string text;  ///< For people.
};

/// The longest name or text that is passed on, in bytes; longer ones are cut.
inline constexpr std::size_t longest_name = 255;
inline constexpr std::size_t longest_text = 1000;

std::string encode(const hello&);
std::string encode(const welcome&);
std::string encode(const refusal&);

// Empty if the bytes are not exactly one of that kind. Control characters in texts become '?', since they end in logs.
std::optional<hello> decode_hello(std::string_view);
std::optional<welcome> decode_welcome(std::string_view);
std::optional<refusal> decode_refusal(std::string_view);

/// Why it did not work, for programs and for people.
struct handshake_failure {
  error_code code;
  std::string story;
};

/// The host's side: waits for one frame.
class host_handshake {
 public:
  /// What to do after a frame: send this, and then be done, well or with `failure`.
  struct decision {
    std::optional<frame_type> answer;
    std::string payload;
    std::optional<handshake_failure> failure;
    peer_info peer;  ///< Where there is no failure.
  };

  host_handshake(std::string host_name, std::string plugin_name)
      : host_name_(std::move(host_name)), plugin_name_(std::move(plugin_name)) {}

  decision on_frame(const frame&) const;

 private:
  std::string host_name_;
  std::string plugin_name_;
};

/// The guest's side: says hello, waits for one frame.
class guest_handshake {
 public:
  struct decision {
    std::optional<handshake_failure> failure;
    peer_info peer;
  };

  explicit guest_handshake(std::string name) : name_(std::move(name)) {}

  std::string hello_payload() const;
  static decision on_frame(const frame&);

 private:
  std::string name_;
};

}  // namespace belfry::detail

#endif
