// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_EXAMPLE_THUMBNAILS_DECODER_HPP
#define BELFRY_EXAMPLE_THUMBNAILS_DECODER_HPP

#include <belfry/launcher.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/gil.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace thumbnails {

/// The largest file that is looked at.
inline constexpr std::size_t largest_file_bytes = 64 << 20;

/// The longest side of a thumbnail, in pixels.
inline constexpr std::uint16_t thumbnail_side = 160;

struct thumbnail {
  boost::gil::rgb8_image_t image;
  std::size_t original_width = 0;
  std::size_t original_height = 0;
};

/// What came of a file.
struct outcome {
  std::optional<thumbnail> picture;
  std::string problem;  ///< Why there is no picture.
  bool cost_a_plugin = false;
};

/// How decoders are launched: so that they can do nothing but compute, with limited memory.
belfry::launch_options decoder_options(std::filesystem::path program, bool confined);

/// A plugin that decodes, and the one after it when it has died. One file at a time.
class decoder {
 public:
  decoder(boost::asio::any_io_executor executor, belfry::launch_options options)
      : launcher_(std::move(executor)), options_(std::move(options)) {}

  /// A file's picture, or why there is none. Throws if no decoder can be launched.
  boost::asio::awaitable<outcome> decode(std::string file);

  /// Ends it.
  boost::asio::awaitable<void> stop();

 private:
  boost::asio::awaitable<outcome> lost(std::string why);

  belfry::launcher launcher_;
  belfry::launch_options options_;
  belfry::plugin plugin_;
};

}  // namespace thumbnails

#endif
