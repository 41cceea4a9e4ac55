// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "descriptor_list.hpp"

#include "posix/socket_pair.hpp"

#include <algorithm>

namespace belfry::detail {
namespace {

constexpr std::string_view form = "1";

}  // namespace

void check_names(const std::vector<named_descriptor>& list, error_code& ec) noexcept {
  ec.clear();
  bool fine = list.size() <= most_descriptors;
  for (auto one = list.begin(); fine && one != list.end(); ++one) {
    const auto same = [&](const named_descriptor& other) { return other.name == one->name; };
    fine = is_descriptor_name(one->name) && std::none_of(list.begin(), one, same);
  }
  if (!fine) ec = make_error_code(boost::system::errc::invalid_argument);
}

std::string to_text(const std::vector<named_descriptor>& list) {
  std::string text(form);
  for (const auto& one : list) text.append(",").append(std::to_string(one.fd)).append("=").append(one.name);
  return text;
}

std::vector<named_descriptor> parse_descriptors(std::string_view text, error_code& ec) {
  ec.clear();
  std::vector<named_descriptor> list;
  const auto malformed = [&] {
    ec = error::bad_channel_variable;
    return std::vector<named_descriptor>();
  };
  if (!text.starts_with(form)) return malformed();
  text.remove_prefix(form.size());
  while (!text.empty()) {
    if (text.front() != ',' || list.size() == most_descriptors) return malformed();
    const auto field = text.substr(1, text.find(',', 1) - 1);
    text.remove_prefix(1 + field.size());
    const auto equals = std::min(field.find('='), field.size());
    const int fd = posix::parse_descriptor(field.substr(0, equals), ec);
    if (ec || equals == field.size()) return malformed();
    const auto same = [fd](const named_descriptor& other) { return other.fd == fd; };
    if (std::any_of(list.begin(), list.end(), same)) return malformed();
    list.push_back({std::string(field.substr(equals + 1)), fd});
  }
  check_names(list, ec);
  if (ec) return malformed();
  return list;
}

}  // namespace belfry::detail
