// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// Makes pictures for the example: some that are as they should be, and some that are broken. The random numbers are the same
// each time.
//
//   thumbnails_make_pictures samples FOLDER              what stands in the folder `pictures`, but for corrupt-*.jpg
//   thumbnails_make_pictures corruptions FIRST N FOLDER  N corrupted files, with the seeds from FIRST on
//   thumbnails_make_pictures deadly FIRST N FOLDER       of these, the JPEG files over which decoding dies by a signal here

#include "decode.hpp"
#include "files.hpp"
#include "image_writers.hpp"
#include "paint.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <iostream>
#include <random>
#include <span>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace thumbnails;

namespace {

using bytes = std::string;

constexpr scene dawn{{58, 76, 140}, {255, 190, 140}, {255, 236, 190}, {40, 36, 70}, 0.70, 0.42, 0.0};
constexpr scene noon{{60, 140, 225}, {205, 230, 250}, {255, 255, 235}, {30, 90, 60}, 0.25, 0.20, 1.1};
constexpr scene dusk{{40, 20, 70}, {250, 110, 80}, {255, 200, 120}, {24, 12, 40}, 0.40, 0.50, 2.3};
constexpr scene night{{6, 10, 34}, {50, 70, 120}, {235, 240, 255}, {4, 8, 20}, 0.75, 0.25, 3.4};
constexpr scene autumn{{110, 160, 200}, {250, 225, 180}, {255, 245, 210}, {130, 60, 20}, 0.55, 0.30, 4.2};
constexpr scene moor{{130, 150, 160}, {225, 225, 210}, {250, 250, 240}, {70, 84, 50}, 0.30, 0.35, 5.5};

/// Writes a number as PNG files have it: the highest byte first.
void put(bytes& data, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i != 4; ++i) data.at(at + i) = static_cast<char>(value >> (8 * (3 - i)));
}

std::uint32_t checksum(std::string_view data) {
  std::uint32_t sum = ~0U;
  for (const char c : data) {
    sum ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit != 8; ++bit) sum = (sum >> 1) ^ (0xedb8'8320U & (0U - (sum & 1U)));
  }
  return ~sum;
}

/// What a PNG file says of its width and height stands at its very beginning, with a checksum.
bytes claiming(bytes png, std::uint32_t side) {
  put(png, 16, side);
  put(png, 20, side);
  put(png, 29, checksum(std::string_view(png).substr(12, 17)));
  return png;
}

bytes random_bytes(std::uint32_t seed, std::size_t size) {
  std::mt19937 random(seed);
  bytes data(size, '\0');
  for (auto& c : data) c = static_cast<char>(random());
  return data;
}

/// From 1 to 8 bytes behind the signature become others, and every fourth file ends early.
bytes corrupted(bytes data, std::uint32_t seed) {
  std::mt19937 random(seed);
  constexpr std::size_t signature = 2;
  for (auto count = 1 + random() % 8; count != 0; --count)
    data[signature + random() % (data.size() - signature)] = static_cast<char>(random());
  if (random() % 4 == 0) data.resize(random() % data.size());
  return data;
}

/// A file that is to be corrupted: small, so that what is changed matters.
bytes victim(std::uint32_t seed) {
  switch (seed % 4) {
    case 0: return jpeg_of(paint(96, 64, autumn), jpeg_kind::progressive, 70);
    case 1: return png_of(paint(48, 32, noon), png_kind::rgb);
    default: return jpeg_of(paint(96, 64, moor), jpeg_kind::baseline, 70);
  }
}

/// The signal by which a process dies that decodes it; 0 if it does not.
int deadly_signal(const bytes& data) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(5);
    ::close(STDERR_FILENO);  // where libjpeg would complain
    try {
      thumbnail_of(std::as_bytes(std::span(data)), 160);
    } catch (const std::exception&) {
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

void make_corruptions(std::uint32_t first, std::uint32_t count, const fs::path& folder, bool only_deadly) {
  for (auto seed = first; seed != first + count; ++seed) {
    const auto data = corrupted(victim(seed), seed);
    const bool jpeg = seed % 4 != 1;
    if (only_deadly) {
      const int signal = jpeg ? deadly_signal(data) : 0;
      if (signal == 0) continue;
      std::cout << "corrupt-" << seed << ".jpg: " << ::strsignal(signal) << '\n';
    }
    write_file(folder / ("corrupt-" + std::to_string(seed) + (jpeg ? ".jpg" : ".png")), data);
  }
}

void make_samples(const fs::path& folder) {
  const auto write = [&](const char* name, const bytes& data) { write_file(folder / name, data); };
  write("dawn.png", png_of(paint(240, 160, dawn), png_kind::rgb));
  write("noon.jpg", jpeg_of(paint(480, 320, noon), jpeg_kind::baseline, 80));
  write("dusk-progressive.jpg", jpeg_of(paint(480, 320, dusk), jpeg_kind::progressive, 80));
  write("night-16-bit.png", png_of(paint(160, 120, night), png_kind::rgb16));
  write("autumn-cmyk.jpg", jpeg_of(paint(280, 280, autumn), jpeg_kind::cmyk, 60));
  write("moor-tall.jpeg", jpeg_of(paint(200, 320, moor), jpeg_kind::baseline, 75));
  write("noon-palette.png", png_of(paint(240, 160, noon), png_kind::palette));
  write("dusk-transparent.png", png_of(paint(120, 120, dusk), png_kind::rgba));
  write("night-grey.jpg", jpeg_of(paint(320, 200, night), jpeg_kind::grey, 75));
  write("dawn-grey-transparent.png", png_of(paint(140, 100, dawn), png_kind::grey_alpha));
  write("autumn-one-bit.png", png_of(paint(320, 200, autumn), png_kind::grey1));
  write("moor-interlaced.png", png_of(paint(120, 80, moor), png_kind::interlaced));
  write("a-pixel.png", png_of(paint(1, 1, dusk), png_kind::rgb));
  write("a-line.png", png_of(paint(3000, 1, dawn), png_kind::grey));

  const auto png = png_of(paint(60, 40, noon), png_kind::rgb);
  const auto jpeg = jpeg_of(paint(240, 160, noon), jpeg_kind::baseline, 75);
  write("absurd-size.png", claiming(png, 900'000));
  write("cut-off.png", png.substr(0, png.size() / 2));
  write("cut-off.jpg", jpeg.substr(0, jpeg.size() / 2));  // which libjpeg makes the best of
  write("cut-off-in-its-header.jpg", jpeg.substr(0, 100));
  write("empty.png", {});
  write("random.jpg", random_bytes(1, 1000));
  write("random-after-its-signature.jpg", jpeg.substr(0, 2) + random_bytes(2, 1000));
  write("random-after-its-signature.png", png.substr(0, 8) + random_bytes(3, 1000));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const auto number = [&](int i) { return static_cast<std::uint32_t>(std::strtoul(argv[i], nullptr, 10)); };
  try {
    if (what == "samples" && argc == 3) {
      make_samples(argv[2]);
    } else if ((what == "corruptions" || what == "deadly") && argc == 5) {
      make_corruptions(number(2), number(3), argv[4], what == "deadly");
    } else {
      std::cerr << "usage: thumbnails_make_pictures samples FOLDER\n"
                   "       thumbnails_make_pictures corruptions|deadly FIRST N FOLDER\n";
      return 2;
    }
  } catch (const std::exception& e) {
    std::cerr << "thumbnails_make_pictures: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
