// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_EXAMPLE_THUMBNAILS_RUN_HPP
#define BELFRY_EXAMPLE_THUMBNAILS_RUN_HPP

#include "contact_sheet.hpp"
#include "progress.hpp"

#include <belfry/plugin_pool.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/gil.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace thumbnails {

/// What came of it.
struct outcome {
  std::size_t thumbnails = 0;
  std::size_t broken = 0;    ///< Files that cost a decoder.
  std::size_t left_out = 0;  ///< Files that no decoder was given, or whose thumbnail could not be written.
  int signal = 0;            ///< By which somebody ended it before all was done; else 0.
};

/// Has files decoded by a pool of plugins, writes their thumbnails, and puts them on a sheet. Everything happens in one
/// thread; the decoders are processes, and they are what works at the same time.
class run {
 public:
  run(std::vector<std::filesystem::path> files, std::filesystem::path output, contact_sheet&, belfry::launch_options,
      belfry::pool_options);
  ~run();
  run(const run&) = delete;
  run& operator=(const run&) = delete;

  /// Returns when all is done. Throws if no decoder can be started.
  outcome operator()();

 private:
  boost::asio::awaitable<void> work();
  boost::asio::awaitable<void> make(std::uint32_t number);
  boost::asio::awaitable<boost::gil::rgb8_image_t> decode(std::uint32_t number, const std::string& file);
  belfry::pool_options heard(belfry::pool_options);
  void hear(const belfry::supervisor_event&);
  void stop_at_a_signal();
  void stop();

  std::vector<std::filesystem::path> files_;
  std::filesystem::path output_;
  contact_sheet& sheet_;
  std::size_t workers_;
  progress progress_;
  outcome outcome_;
  std::uint32_t next_ = 0;
  std::map<std::uint32_t, std::string> causes_;  // of deaths, by the number of the file
  std::string launch_problem_;
  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_{context_};
  belfry::plugin_pool pool_;  // behind the context, so that it is gone before that
};

}  // namespace thumbnails

#endif
