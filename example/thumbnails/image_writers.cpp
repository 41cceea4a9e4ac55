// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "image_writers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include <jpeglib.h>
#include <png.h>

namespace thumbnails {
namespace {

using bytes = std::vector<unsigned char>;

unsigned char grey_of(const colour& c) { return static_cast<unsigned char>((c[0] * 3 + c[1] * 6 + c[2]) / 10); }

/// The round part in the middle is opaque.
unsigned char opacity(const painting& p, std::size_t x, std::size_t y) {
  const double distance =
      std::hypot((static_cast<double>(x) + 0.5) / p.width - 0.5, (static_cast<double>(y) + 0.5) / p.height - 0.5);
  return static_cast<unsigned char>(std::clamp((0.5 - distance) * 10, 0.0, 1.0) * 255);
}

// Of a palette of 6 x 6 x 6 colours.
unsigned char index_of(const colour& c) {
  const auto step = [](int part) { return (part + 25) / 51; };
  return static_cast<unsigned char>(step(c[0]) * 36 + step(c[1]) * 6 + step(c[2]));
}

/// Of ordered dithering.
int threshold(std::size_t x, std::size_t y) {
  constexpr int matrix[4][4] = {{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}};
  return matrix[y % 4][x % 4] * 16 + 8;
}

int colour_type(png_kind kind) {
  switch (kind) {
    case png_kind::rgba: return PNG_COLOR_TYPE_RGB_ALPHA;
    case png_kind::palette: return PNG_COLOR_TYPE_PALETTE;
    case png_kind::grey:
    case png_kind::grey1: return PNG_COLOR_TYPE_GRAY;
    case png_kind::grey_alpha: return PNG_COLOR_TYPE_GRAY_ALPHA;
    default: return PNG_COLOR_TYPE_RGB;
  }
}

int depth(png_kind kind) { return kind == png_kind::rgb16 ? 16 : kind == png_kind::grey1 ? 1 : 8; }

bytes png_row(const painting& p, std::size_t y, png_kind kind) {
  bytes row;
  for (std::size_t x = 0; x != p.width; ++x) {
    const auto& c = p.pixels[y * p.width + x];
    switch (kind) {
      case png_kind::rgb16:
        for (const auto part : c) row.insert(row.end(), {part, part});
        break;
      case png_kind::palette: row.push_back(index_of(c)); break;
      case png_kind::grey: row.push_back(grey_of(c)); break;
      case png_kind::grey_alpha: row.insert(row.end(), {grey_of(c), opacity(p, x, y)}); break;
      case png_kind::grey1:
        if (x % 8 == 0) row.push_back(0);
        if (grey_of(c) > threshold(x, y)) row.back() = static_cast<unsigned char>(row.back() | (0x80 >> x % 8));
        break;
      default:
        row.insert(row.end(), c.begin(), c.end());
        if (kind == png_kind::rgba) row.push_back(opacity(p, x, y));
    }
  }
  return row;
}

void append(png_structp png, png_bytep data, png_size_t size) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<char*>(data), size);
}

J_COLOR_SPACE colour_space(jpeg_kind kind) {
  return kind == jpeg_kind::grey ? JCS_GRAYSCALE : kind == jpeg_kind::cmyk ? JCS_CMYK : JCS_RGB;
}

bytes jpeg_row(const painting& p, std::size_t y, jpeg_kind kind) {
  bytes row;
  for (std::size_t x = 0; x != p.width; ++x) {
    const auto& c = p.pixels[y * p.width + x];
    if (kind == jpeg_kind::grey) {
      row.push_back(grey_of(c));
      continue;
    }
    // With the segment that libjpeg writes for CMYK, 0 is all of the ink; so what is here without black is as RGB.
    row.insert(row.end(), c.begin(), c.end());
    if (kind == jpeg_kind::cmyk) row.push_back(255);
  }
  return row;
}

}  // namespace

std::string png_of(const painting& p, png_kind kind) {
  std::string file;
  auto* png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  auto* info = png_create_info_struct(png);
  png_set_write_fn(png, &file, append, nullptr);
  png_set_IHDR(png, info, p.width, p.height, depth(kind), colour_type(kind),
               kind == png_kind::interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  std::array<png_color, 216> palette;
  if (kind == png_kind::palette) {
    const auto part = [](std::size_t step) { return static_cast<png_byte>(step % 6 * 51); };
    for (std::size_t i = 0; i != palette.size(); ++i) palette[i] = {part(i / 36), part(i / 6), part(i)};
    png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  }
  png_set_compression_level(png, 9);
  png_write_info(png, info);
  for (int pass = png_set_interlace_handling(png); pass != 0; --pass) {
    for (std::size_t y = 0; y != p.height; ++y) png_write_row(png, png_row(p, y, kind).data());
  }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return file;
}

std::string jpeg_of(const painting& p, jpeg_kind kind, int quality) {
  jpeg_compress_struct jpeg;
  jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &memory, &size);
  jpeg.image_width = p.width;
  jpeg.image_height = p.height;
  jpeg.in_color_space = colour_space(kind);
  jpeg.input_components = kind == jpeg_kind::grey ? 1 : kind == jpeg_kind::cmyk ? 4 : 3;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, quality, TRUE);
  if (kind == jpeg_kind::progressive) jpeg_simple_progression(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  for (std::size_t y = 0; y != p.height; ++y) {
    auto row = jpeg_row(p, y, kind);
    JSAMPROW rows[] = {row.data()};
    jpeg_write_scanlines(&jpeg, rows, 1);
  }
  jpeg_finish_compress(&jpeg);
  std::string file(reinterpret_cast<char*>(memory), size);
  jpeg_destroy_compress(&jpeg);
  std::free(memory);
  return file;
}

}  // namespace thumbnails
