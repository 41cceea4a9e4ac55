// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_EXAMPLE_THUMBNAILS_CONTACT_SHEET_HPP
#define BELFRY_EXAMPLE_THUMBNAILS_CONTACT_SHEET_HPP

#include <boost/gil.hpp>

#include <cstddef>

namespace thumbnails {

/// All pictures on one sheet, row by row, each in the middle of a square. The squares are smaller where there are many, so
/// that the sheet has a limit.
class contact_sheet {
 public:
  /// So many can there be.
  static constexpr std::size_t most_pictures = 10'000;

  /// With squares for `count` pictures.
  explicit contact_sheet(std::size_t count);

  /// A picture, at its place.
  void put(std::size_t place, const boost::gil::rgb8c_view_t& picture);
  /// A cross, for one that is broken.
  void cross_out(std::size_t place);

  /// What has been put there so far.
  const boost::gil::rgb8_image_t& image() const noexcept { return image_; }

 private:
  boost::gil::rgb8_view_t square(std::size_t place);

  std::ptrdiff_t columns_ = 1;
  std::ptrdiff_t side_;
  boost::gil::rgb8_image_t image_;
};

}  // namespace thumbnails

#endif
