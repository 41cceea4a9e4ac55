// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// Makes the pictures in the folder `pictures`, beside the sources: some that are as they should be, and some that are
// broken. The random numbers are the same each time.
//
//   thumbnails_make_pictures FOLDER         the pictures
//   thumbnails_make_pictures FOLDER N       besides, of N random corruptions of a JPEG file those over which the decoder dies
//                                           by a signal, as corrupt-SEED.jpg

#include "decode.hpp"

#include <boost/gil/extension/io/jpeg.hpp>
#include <boost/gil/extension/io/png.hpp>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <span>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace gil = boost::gil;

namespace {

using bytes = std::string;

/// Hills under a sky, in the colours that `tint` says.
gil::rgb8_image_t landscape(int width, int height, int tint) {
  gil::rgb8_image_t image(width, height);
  const auto view = gil::view(image);
  for (int y = 0; y != height; ++y) {
    for (int x = 0; x != width; ++x) {
      const int phase = (x * 8 / width + tint) % 8;
      const int hill = height / 2 + (phase < 4 ? phase : 8 - phase) * height / 16;
      const int shade = 255 * y / height;
      const auto part = [&](int value) { return static_cast<unsigned char>(value & 0xff); };
      view(x, y) = y < hill ? gil::rgb8_pixel_t(part(90 + shade / 2), part(140 + tint * 10), 230)
                            : gil::rgb8_pixel_t(part(40 + tint * 25), part(200 - shade / 2), part(30 + tint * 5));
    }
  }
  return image;
}

bytes contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::filesystem::path& path, const bytes& data) {
  std::ofstream(path, std::ios::binary).write(data.data(), static_cast<std::streamsize>(data.size()));
}

/// Writes a number as PNG and JPEG files have it: the highest byte first.
void put(bytes& data, std::size_t at, std::uint32_t value, int size) {
  for (int i = 0; i != size; ++i)
    data.at(at + static_cast<std::size_t>(i)) = static_cast<char>(value >> (8 * (size - 1 - i)));
}

std::uint32_t checksum(const char* data, std::size_t size) {
  std::uint32_t sum = ~0U;
  for (std::size_t i = 0; i != size; ++i) {
    sum ^= static_cast<unsigned char>(data[i]);
    for (int bit = 0; bit != 8; ++bit) sum = (sum >> 1) ^ (0xedb8'8320U & (0U - (sum & 1U)));
  }
  return ~sum;
}

/// Of a PNG file: what it says of its width and height, which stands at its very beginning, with a checksum.
void claim_size(bytes& png, std::uint32_t side) {
  put(png, 16, side, 4);
  put(png, 20, side, 4);
  put(png, 29, checksum(png.data() + 12, 17), 4);
}

bytes random_bytes(std::uint32_t seed, std::size_t size) {
  std::mt19937 random(seed);
  bytes data(size, '\0');
  for (auto& c : data) c = static_cast<char>(random());
  return data;
}

/// From 1 to 8 bytes anywhere in the file become others.
bytes corrupted(bytes data, std::uint32_t seed) {
  std::mt19937 random(seed);
  for (auto count = 1 + random() % 8; count != 0; --count)
    data[2 + random() % (data.size() - 2)] = static_cast<char>(random());
  return data;
}

/// The signal by which a process dies that decodes it; 0 if it does not.
int deadly_signal(const bytes& data) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(5);
    try {
      thumbnails::decode(std::as_bytes(std::span(data)));
    } catch (const std::exception&) {
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

void make_pictures(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  const auto png = [&](const char* name, int width, int height, int tint) {
    gil::write_view((folder / name).native(), gil::const_view(landscape(width, height, tint)), gil::png_tag());
  };
  const auto jpeg = [&](const char* name, int width, int height, int tint) {
    gil::write_view((folder / name).native(), gil::const_view(landscape(width, height, tint)),
                    gil::image_write_info<gil::jpeg_tag>(60));
    // GIL fills the file up with what was in its buffer.
    const auto data = contents(folder / name);
    write(folder / name, data.substr(0, data.find("\xff\xd9") + 2));
  };
  png("field.png", 320, 200, 0);
  png("meadow.png", 60, 40, 3);
  png("dusk.png", 200, 320, 6);
  jpeg("valley.jpg", 320, 240, 1);
  jpeg("moor.jpg", 160, 240, 4);
  jpeg("shore.jpeg", 400, 100, 5);

  auto broken = contents(folder / "field.png");
  write(folder / "truncated.png", broken.substr(0, broken.size() / 2));
  claim_size(broken, 900'000);
  write(folder / "absurd.png", broken);
  broken = contents(folder / "valley.jpg");
  write(folder / "truncated-in-its-header.jpg", broken.substr(0, 100));
  write(folder / "random.jpg", random_bytes(1, 1000));
  write(folder / "random-after-its-signature.jpg", broken.substr(0, 2) + random_bytes(2, 1000));
  write(folder / "random-after-its-signature.png", contents(folder / "field.png").substr(0, 8) + random_bytes(3, 1000));
  write(folder / "empty.png", {});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::cerr << "usage: thumbnails_make_pictures FOLDER [TRIES]\n";
    return EXIT_FAILURE;
  }
  const std::filesystem::path folder = argv[1];
  make_pictures(folder);
  const auto tries = argc == 3 ? static_cast<std::uint32_t>(std::atoi(argv[2])) : 0;
  const auto whole = contents(folder / "moor.jpg");
  for (std::uint32_t seed = 0; seed != tries; ++seed) {
    const auto data = corrupted(whole, seed);
    const int signal = deadly_signal(data);
    if (signal == 0) continue;
    write(folder / ("corrupt-" + std::to_string(seed) + ".jpg"), data);
    std::cout << "corruption " << seed << ": SIG" << ::sigabbrev_np(signal) << '\n';
  }
}
