// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_SRC_HOST_POSIX_OUTPUT_READER_HPP
#define BELFRY_SRC_HOST_POSIX_OUTPUT_READER_HPP

#include "../../posix/process.hpp"
#include "../plugin_output.hpp"

#include <belfry/detail/posix/unique_descriptor.hpp>
#include <belfry/error.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace belfry::detail::posix {

/// The thread that reads what plugins write to streams that are logged. There is one in a process, as long as there are
/// such plugins. Only a thread of its own can keep a plugin going while its host does something else for a while.
///
/// Thread safety: all.
class output_reader {
 public:
  /// The one that there is, or a new one.
  static std::shared_ptr<output_reader> instance(error_code& ec);

  output_reader() = default;
  ~output_reader();
  output_reader(const output_reader&) = delete;
  output_reader& operator=(const output_reader&) = delete;

  /// From now on, until it is removed or has ended, what comes is read.
  void add(std::shared_ptr<plugin_output>, error_code& ec);
  /// It may still be read for a moment.
  void remove(const plugin_output&) noexcept;

 private:
  void start(error_code& ec);
  void run() noexcept;
  void forget_ended(plugin_output&) noexcept;

  const int process_ = process_id();
  unique_descriptor set_;
  unique_descriptor bell_;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::shared_ptr<plugin_output>> outputs_;
  std::uint64_t next_number_ = 1;
  std::thread thread_;
};

/// Keeps an output read for as long as it lives, and reads the rest of it then.
class output_reading {
 public:
  output_reading(std::shared_ptr<plugin_output>, error_code& ec);
  ~output_reading();
  output_reading(const output_reading&) = delete;
  output_reading& operator=(const output_reading&) = delete;

  plugin_output& output() const noexcept { return *output_; }

 private:
  const int process_ = process_id();
  std::shared_ptr<plugin_output> output_;
  std::shared_ptr<output_reader> reader_;
};

}  // namespace belfry::detail::posix

#endif
