// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "guest_descriptors.hpp"

#include "descriptor_list.hpp"
#include "posix/socket_pair.hpp"

#include <belfry/guest.hpp>

#include <boost/throw_exception.hpp>

#include <algorithm>
#include <mutex>
#include <utility>

namespace belfry {
namespace {

/// A process attaches to its host once, so this is one for the process.
struct kept_descriptors {
  std::mutex mutex;
  std::vector<passed_descriptor> list;
};

kept_descriptors& kept() {
  // Never destroyed: other threads may ask until the process ends, which closes them all.
  static auto* const all = new kept_descriptors;
  return *all;
}

}  // namespace

namespace detail {

std::vector<named_descriptor> find_descriptors(const std::string& text, error_code& ec) {
  auto list = parse_descriptors(text, ec);
  for (const auto& one : list) {
    if (!posix::is_open(one.fd)) ec = error::handle_not_open;
  }
  if (ec) return {};
  for (const auto& one : list) posix::set_close_on_exec(one.fd);
  return list;
}

void keep_descriptors(const std::vector<named_descriptor>& list) {
  auto& all = kept();
  const std::lock_guard lock(all.mutex);
  for (const auto& one : list) all.list.emplace_back(one.name, posix::foreign_descriptor(one.fd));
}

}  // namespace detail

namespace guest {

passed_descriptor descriptor(std::string_view name, error_code& ec) {
  ec.clear();
  auto& all = kept();
  const std::lock_guard lock(all.mutex);
  const auto found = std::find_if(all.list.begin(), all.list.end(), [&](const auto& d) { return d.name() == name; });
  if (found == all.list.end()) {
    ec = error::no_such_descriptor;
    return {};
  }
  auto taken = std::move(*found);
  all.list.erase(found);
  return taken;
}

passed_descriptor descriptor(std::string_view name) {
  error_code ec;
  auto taken = descriptor(name, ec);
  if (ec) boost::throw_exception(system_error(ec, "belfry: guest::descriptor '" + std::string(name) + "'"));
  return taken;
}

std::vector<std::string> descriptor_names() {
  auto& all = kept();
  const std::lock_guard lock(all.mutex);
  std::vector<std::string> names;
  for (const auto& one : all.list) names.push_back(one.name());
  return names;
}

}  // namespace guest
}  // namespace belfry
