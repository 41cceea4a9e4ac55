// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "contact_sheet.hpp"

namespace gil = boost::gil;

namespace thumbnails {

gil::rgb8_image_t contact_sheet(const std::vector<gil::rgb8c_view_t>& pictures, std::ptrdiff_t side) {
  constexpr std::ptrdiff_t gap = 8;
  const auto count = static_cast<std::ptrdiff_t>(pictures.size());
  std::ptrdiff_t columns = 1;
  while (columns * columns < count) ++columns;
  const auto rows = (count + columns - 1) / columns;
  gil::rgb8_image_t sheet(columns * (side + gap) + gap, rows * (side + gap) + gap);
  const auto target = gil::view(sheet);
  gil::fill_pixels(target, gil::rgb8_pixel_t(255, 255, 255));
  for (std::ptrdiff_t i = 0; i != count; ++i) {
    const auto& picture = pictures[static_cast<std::size_t>(i)];
    const auto x = gap + i % columns * (side + gap) + (side - picture.width()) / 2;
    const auto y = gap + i / columns * (side + gap) + (side - picture.height()) / 2;
    gil::copy_pixels(picture, gil::subimage_view(target, x, y, picture.width(), picture.height()));
  }
  return sheet;
}

}  // namespace thumbnails
