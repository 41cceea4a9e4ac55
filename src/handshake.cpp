// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "handshake.hpp"

#include <belfry/version.hpp>

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace belfry::detail {
namespace {

constexpr std::uint32_t magic = 0x666c'6562;  // "belf"

/// Writes numbers as they lie in memory: both sides run on one machine.
class writer {
 public:
  writer() { number(magic); }

  template <class Number>
  writer& number(Number n) {
    static_assert(std::is_integral_v<Number>);
    bytes_.append(reinterpret_cast<const char*>(&n), sizeof n);
    return *this;
  }
  writer& text(std::string_view s, std::size_t longest) {
    s = s.substr(0, longest);
    number(static_cast<std::uint16_t>(s.size()));
    bytes_.append(s);
    return *this;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads what a writer wrote. After the first thing that is not there everything else is empty, and `complete` false.
class reader {
 public:
  explicit reader(std::string_view bytes) : rest_(bytes) { good_ = number<std::uint32_t>() == magic && good_; }

  template <class Number>
  Number number() {
    Number n{};
    if (!good_ || rest_.size() < sizeof n) {
      good_ = false;
      return n;
    }
    std::memcpy(&n, rest_.data(), sizeof n);
    rest_.remove_prefix(sizeof n);
    return n;
  }

  std::string text(std::size_t longest) {
    const std::size_t size = number<std::uint16_t>();
    if (!good_ || size > longest || size > rest_.size()) {
      good_ = false;
      return {};
    }
    std::string s(rest_.substr(0, size));
    rest_.remove_prefix(size);
    std::replace_if(s.begin(), s.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
    return s;
  }

  /// Everything was there, and nothing else is.
  bool complete() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

handshake_failure mismatch(std::string_view me, std::string_view other, const version_range& theirs) {
  return {error::version_mismatch, "this " + std::string(me) + " speaks " + to_string(own_versions()) + ", the " +
                                       std::string(other) + " " + to_string(theirs)};
}

}  // namespace

version_range own_versions() noexcept { return {protocol_version_min, protocol_version_max}; }

std::string to_string(const version_range& v) {
  if (v.min == v.max) return "protocol " + std::to_string(v.min);
  return "protocols " + std::to_string(v.min) + " to " + std::to_string(v.max);
}

std::string encode(const hello& h) {
  return writer().number(h.versions.min).number(h.versions.max).number(h.features).text(h.name, longest_name).take();
}

std::string encode(const welcome& w) {
  return writer()
      .number(w.version)
      .number(w.features)
      .text(w.host_name, longest_name)
      .text(w.plugin_name, longest_name)
      .take();
}

std::string encode(const refusal& r) {
  return writer().number(static_cast<std::uint32_t>(r.reason)).text(r.text, longest_text).take();
}

std::optional<hello> decode_hello(std::string_view bytes) {
  reader in(bytes);
  hello h;
  h.versions.min = in.number<std::uint16_t>();
  h.versions.max = in.number<std::uint16_t>();
  h.features = in.number<std::uint32_t>();
  h.name = in.text(longest_name);
  if (!in.complete() || h.versions.min > h.versions.max) return std::nullopt;
  return h;
}

std::optional<welcome> decode_welcome(std::string_view bytes) {
  reader in(bytes);
  welcome w;
  w.version = in.number<std::uint16_t>();
  w.features = in.number<std::uint32_t>();
  w.host_name = in.text(longest_name);
  w.plugin_name = in.text(longest_name);
  if (!in.complete()) return std::nullopt;
  return w;
}

std::optional<refusal> decode_refusal(std::string_view bytes) {
  reader in(bytes);
  refusal r;
  const auto reason = in.number<std::uint32_t>();
  r.text = in.text(longest_text);
  if (!in.complete()) return std::nullopt;
  // Of the reasons only this one means something to programs; the rest is in the text.
  r.reason = reason == static_cast<std::uint32_t>(error::version_mismatch) ? error::version_mismatch : error::refused;
  return r;
}

host_handshake::decision host_handshake::on_frame(const frame& f) const {
  decision d;
  if (f.type == frame_type::refusal) {
    const auto r = decode_refusal(f.payload);
    if (r) d.failure = handshake_failure{r->reason, "it refused: " + r->text};
    else d.failure = handshake_failure{error::not_a_plugin, "what it said is no greeting"};
    return d;
  }
  const auto h = f.type == frame_type::hello ? decode_hello(f.payload) : std::nullopt;
  if (!h) {
    d.failure = handshake_failure{error::not_a_plugin, "what it said is no greeting"};
    return d;
  }
  const auto mine = own_versions();
  const auto version = std::min(mine.max, h->versions.max);
  if (version < mine.min || version < h->versions.min) {
    d.failure = mismatch("host", "plugin", h->versions);
    d.answer = frame_type::refusal;
    d.payload = encode(refusal{error::version_mismatch,
                               "the host speaks " + to_string(mine) + ", this plugin " + to_string(h->versions)});
    return d;
  }
  d.answer = frame_type::welcome;
  d.payload = encode(welcome{version, 0, host_name_, plugin_name_});
  d.peer = {plugin_name_.empty() ? h->name : plugin_name_, f.sender_pid, version};
  return d;
}

std::string guest_handshake::hello_payload() const { return encode(hello{own_versions(), feature_filter, name_}); }

guest_handshake::decision guest_handshake::on_frame(const frame& f) {
  decision d;
  if (f.type == frame_type::refusal) {
    const auto r = decode_refusal(f.payload);
    if (r) d.failure = handshake_failure{r->reason, "the host refused: " + r->text};
  } else if (f.type == frame_type::welcome) {
    const auto w = decode_welcome(f.payload);
    const auto mine = own_versions();
    if (w && w->version >= mine.min && w->version <= mine.max) {
      d.peer = {w->host_name, f.sender_pid, w->version};
      return d;
    }
    if (w) d.failure = mismatch("plugin", "host", {w->version, w->version});
  } else if (f.type == frame_type::goodbye) {
    d.failure = handshake_failure{error::closed, "the host said goodbye at once"};
  }
  if (!d.failure) d.failure = handshake_failure{error::protocol_violation, "what the host answered is no greeting"};
  return d;
}

}  // namespace belfry::detail
