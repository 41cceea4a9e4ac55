// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_EXAMPLE_THUMBNAILS_CONTACT_SHEET_HPP
#define BELFRY_EXAMPLE_THUMBNAILS_CONTACT_SHEET_HPP

#include <boost/gil.hpp>

#include <cstddef>
#include <vector>

namespace thumbnails {

/// All pictures on one sheet, row by row, each in the middle of a square with sides of `side` pixels.
boost::gil::rgb8_image_t contact_sheet(const std::vector<boost::gil::rgb8c_view_t>& pictures, std::ptrdiff_t side);

}  // namespace thumbnails

#endif
