// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "paint.hpp"

#include <algorithm>
#include <cmath>

namespace thumbnails {
namespace {

colour mix(const colour& a, const colour& b, double part) {
  colour result;
  for (std::size_t c = 0; c != 3; ++c)
    result[c] = static_cast<std::uint8_t>(std::lround(a[c] + (b[c] - a[c]) * std::clamp(part, 0.0, 1.0)));
  return result;
}

/// The line of the hills of a layer, from the top.
double ridge(double x, int layer, double phase) {
  const double p = phase + layer * 1.7;
  const double wave = std::sin(x * (3.1 + layer) + p) * 0.5 + std::sin(x * (7.3 + 2 * layer) + p * 2) * 0.25 +
                      std::sin(x * 17 + p * 3) * 0.06;
  return 0.52 + layer * 0.14 - wave * (0.13 - layer * 0.02);
}

}  // namespace

painting paint(std::uint32_t width, std::uint32_t height, const scene& s) {
  constexpr int layers = 4;
  painting result{width, height, {}};
  result.pixels.reserve(std::size_t{width} * height);
  const double aspect = static_cast<double>(width) / height;
  for (std::uint32_t row = 0; row != height; ++row) {
    for (std::uint32_t column = 0; column != width; ++column) {
      const double x = (column + 0.5) / width;
      const double y = (row + 0.5) / height;
      const double distance = std::hypot((x - s.sun_x) * aspect, y - s.sun_y);
      auto pixel = mix(s.zenith, s.horizon, y / 0.6);
      pixel = mix(pixel, s.sun, 0.55 * std::exp(-distance * 5));  // its glow
      pixel = mix(pixel, s.sun, (0.085 - distance) * 120);        // and itself
      for (int layer = 0; layer != layers; ++layer) {
        const double above = ridge(x * aspect, layer, s.phase) - y;
        const auto hill = mix(s.horizon, s.near, (layer + 1.0) / layers - std::max(0.0, -above) * 0.3);
        pixel = mix(hill, pixel, above * height);
      }
      result.pixels.push_back(pixel);
    }
  }
  return result;
}

}  // namespace thumbnails
