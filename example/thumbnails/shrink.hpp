// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_EXAMPLE_THUMBNAILS_SHRINK_HPP
#define BELFRY_EXAMPLE_THUMBNAILS_SHRINK_HPP

#include <boost/gil.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace thumbnails {

/// The mean of the pixels of a view.
template <class View>
boost::gil::rgb8_pixel_t mean(const View& picture) {
  std::array<std::ptrdiff_t, 3> sums{};
  for (std::ptrdiff_t y = 0; y != picture.height(); ++y) {
    const auto row = picture.row_begin(y);
    for (std::ptrdiff_t x = 0; x != picture.width(); ++x) {
      const boost::gil::rgb8_pixel_t pixel = row[x];
      for (std::size_t c = 0; c != 3; ++c) sums[c] += pixel[c];
    }
  }
  const auto count = picture.width() * picture.height();
  boost::gil::rgb8_pixel_t result;
  for (std::size_t c = 0; c != 3; ++c) result[c] = static_cast<unsigned char>(sums[c] / count);
  return result;
}

/// Scales a picture in RGB so that it fits into a square, by the mean of the pixels that fall together. A smaller one stays
/// as it is.
template <class View>
boost::gil::rgb8_image_t shrink(const View& picture, std::ptrdiff_t longest_side) {
  const auto longest = std::max({picture.width(), picture.height(), longest_side});
  // One that is 1 pixel high and 10,000 wide has a thumbnail, too.
  const auto shrunk = [&](std::ptrdiff_t side) { return std::max(side * longest_side / longest, std::ptrdiff_t{1}); };
  boost::gil::rgb8_image_t result(shrunk(picture.width()), shrunk(picture.height()));
  const auto target = boost::gil::view(result);
  for (std::ptrdiff_t y = 0; y != target.height(); ++y) {
    const auto top = y * picture.height() / target.height();
    const auto bottom = (y + 1) * picture.height() / target.height();
    for (std::ptrdiff_t x = 0; x != target.width(); ++x) {
      const auto left = x * picture.width() / target.width();
      const auto right = (x + 1) * picture.width() / target.width();
      target(x, y) = mean(boost::gil::subimage_view(picture, left, top, right - left, bottom - top));
    }
  }
  return result;
}

}  // namespace thumbnails

#endif
