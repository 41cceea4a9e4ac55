// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// b2 builds this to learn whether libpng and libjpeg are there.

#include <cstddef>
#include <cstdio>

#include <jpeglib.h>
#include <png.h>

int main() {
  jpeg_error_mgr errors;
  return jpeg_std_error(&errors) == nullptr || png_access_version_number() == 0;
}
