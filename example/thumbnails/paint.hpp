// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_EXAMPLE_THUMBNAILS_PAINT_HPP
#define BELFRY_EXAMPLE_THUMBNAILS_PAINT_HPP

#include <array>
#include <cstdint>
#include <vector>

namespace thumbnails {

using colour = std::array<std::uint8_t, 3>;

/// The colours of a landscape, and where its sun stands, as parts of width and height.
struct scene {
  colour zenith;   ///< The sky, above.
  colour horizon;  ///< And below.
  colour sun;
  colour near;  ///< The nearest hills; those behind are between this and the horizon.
  double sun_x = 0.7;
  double sun_y = 0.4;
  double phase = 0;  ///< Where the hills stand.
};

struct painting {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<colour> pixels;  // row by row
};

/// Hills, one behind the other, under a sky with a sun.
painting paint(std::uint32_t width, std::uint32_t height, const scene&);

}  // namespace thumbnails

#endif
