// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_BENCH_SUPPORT_SUBJECT_HPP
#define BELFRY_BENCH_SUPPORT_SUBJECT_HPP

#include "task.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace belfry::bench {

/// Something that carries messages between two processes, and what can be measured of it.
struct subject {
  std::string name;
  std::string policy;                          ///< How it waits.
  bool sleeps = true;                          ///< If not, both sides need a processor of their own.
  std::size_t smallest = 8;                    ///< Bytes of a message,
  std::size_t largest = std::size_t{1} << 20;  ///< from here to here.

  // Each does what its measure says; those that are empty cannot.
  std::function<void(const task&, outcome&)> ping_pong{};
  std::function<void(const task&, outcome&)> throughput{};
  std::function<void(const task&, outcome&)> wake_up{};
  std::function<void(const task&, outcome&)> offered_rate{};

  bool carries(std::size_t size, int processors) const {
    return smallest <= size && size <= largest && (sleeps || processors > 1);
  }
};

/// Everything there is, in the order of the tables.
struct subjects {
  std::vector<subject> all;
  std::vector<std::string> missing;  ///< Peers that were not there when this program was built.
};

subjects all_subjects();

/// The one of that name and policy. Throws if there is none.
const subject& find(const subjects&, const std::string& name, const std::string& policy);

}  // namespace belfry::bench

#endif
