// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_EXAMPLE_THUMBNAILS_PICTURE_HPP
#define BELFRY_EXAMPLE_THUMBNAILS_PICTURE_HPP

// What the host and its decoders say to each other.
//
//   host -> decoder   a request of the kind `longest side of the thumbnail`: the bytes of a file, as they are
//   decoder -> host   a reply of the kind `decoded`: a picture_header and the pixels, RGB, three bytes each, row by row;
//                     or one of the kind `failed`: why not, as text. Afterwards the decoder ends, since what has met
//                     a broken file may be broken itself.

#include <cstddef>
#include <cstdint>

namespace thumbnails {

enum reply_kind : std::uint16_t { decoded = 0, failed = 1 };

struct picture_header {
  std::uint32_t original_width = 0;
  std::uint32_t original_height = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

inline constexpr std::size_t bytes_per_pixel = 3;

}  // namespace thumbnails

#endif
