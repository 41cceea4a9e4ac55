// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_EXAMPLE_THUMBNAILS_PNG_FILE_HPP
#define BELFRY_EXAMPLE_THUMBNAILS_PNG_FILE_HPP

#include <boost/gil.hpp>

#include <filesystem>

namespace thumbnails {

/// Writes a picture as a PNG file, as `write_file` does.
void write_png(const std::filesystem::path&, const boost::gil::rgb8c_view_t&);

}  // namespace thumbnails

#endif
