// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "contact_sheet.hpp"

#include "messages.hpp"
#include "shrink.hpp"

#include <algorithm>

namespace gil = boost::gil;

namespace thumbnails {
namespace {

constexpr std::ptrdiff_t gap = 8;
constexpr std::ptrdiff_t largest_width = 4096;

const gil::rgb8_pixel_t paper(28, 30, 34);
const gil::rgb8_pixel_t frame(44, 47, 54);
const gil::rgb8_pixel_t red(150, 60, 60);

}  // namespace

contact_sheet::contact_sheet(std::size_t count) {
  const auto n = static_cast<std::ptrdiff_t>(std::clamp(count, std::size_t{1}, most_pictures));
  while (columns_ * columns_ * 2 < n * 3) ++columns_;  // half as wide again as it is high
  columns_ = std::min(columns_, n);
  side_ = std::min(std::ptrdiff_t{thumbnail_side}, (largest_width - gap) / columns_ - gap);
  const auto rows = (n + columns_ - 1) / columns_;
  image_.recreate(columns_ * (side_ + gap) + gap, rows * (side_ + gap) + gap);
  gil::fill_pixels(gil::view(image_), paper);
  for (std::ptrdiff_t i = 0; i != n; ++i) gil::fill_pixels(square(static_cast<std::size_t>(i)), frame);
}

gil::rgb8_view_t contact_sheet::square(std::size_t place) {
  const auto i = static_cast<std::ptrdiff_t>(place);
  const auto x = gap + i % columns_ * (side_ + gap);
  const auto y = gap + i / columns_ * (side_ + gap);
  return gil::subimage_view(gil::view(image_), x, y, side_, side_);
}

void contact_sheet::put(std::size_t place, const gil::rgb8c_view_t& picture) {
  const auto small = shrink(picture, side_);
  const auto x = (side_ - small.width()) / 2;
  const auto y = (side_ - small.height()) / 2;
  gil::copy_pixels(gil::const_view(small), gil::subimage_view(square(place), x, y, small.width(), small.height()));
}

void contact_sheet::cross_out(std::size_t place) {
  const auto target = square(place);
  for (auto i = side_ / 4; i < side_ - side_ / 4; ++i) {
    for (std::ptrdiff_t thick = 0; thick != 3; ++thick) {
      target(i, std::min(i + thick, side_ - 1)) = red;
      target(side_ - 1 - i, std::min(i + thick, side_ - 1)) = red;
    }
  }
}

}  // namespace thumbnails
