// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "png_file.hpp"

#include "files.hpp"

#include <boost/gil/extension/io/png.hpp>

#include <sstream>

namespace thumbnails {

void write_png(const std::filesystem::path& path, const boost::gil::rgb8c_view_t& picture) {
  std::ostringstream stream;
  boost::gil::write_view(stream, picture, boost::gil::png_tag());
  write_file(path, stream.view());
}

}  // namespace thumbnails
