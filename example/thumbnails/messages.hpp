// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_EXAMPLE_THUMBNAILS_MESSAGES_HPP
#define BELFRY_EXAMPLE_THUMBNAILS_MESSAGES_HPP

// What the host and its decoders say to each other.
//
//   host -> decoder   a request: a job, and the bytes of a file as they are
//   decoder -> host   its reply: a result, and then either the pixels, RGB, three bytes each, row by row; or why there are
//                     none, as text. After the latter the decoder leaves, since what has met a broken file may be broken
//                     itself.
//
// Both are of one machine and one build, so structs can go over as they are.

#include <cstddef>
#include <cstdint>

namespace thumbnails {

struct job {
  std::uint32_t number =
      0;  ///< Which file it is, for the host: when a decoder has died, this is how it knows over what.
  std::uint32_t longest_side = 0;  ///< Of the thumbnail, in pixels.
};

struct result {
  std::uint32_t decoded = 0;  ///< 1: pixels follow. 0: text.
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

inline constexpr std::size_t bytes_per_pixel = 3;

/// The longest side of a thumbnail, in pixels.
inline constexpr std::uint32_t thumbnail_side = 160;

inline constexpr std::size_t largest_reply_bytes = sizeof(result) + thumbnail_side * thumbnail_side * bytes_per_pixel;

}  // namespace thumbnails

#endif
