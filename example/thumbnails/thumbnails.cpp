// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// Makes a thumbnail of each PNG and JPEG file in a folder, and one sheet with all of them. The files are decoded by plugins
// which are confined so that they can do nothing else, several at a time. A file that is broken, or made to break a
// decoder, costs one plugin and one line on standard error; the others do not notice.
//
//   thumbnails [--decoders=N] [--unconfined] PICTURES OUTPUT

#include "contact_sheet.hpp"
#include "decoder.hpp"
#include "progress.hpp"

#include <belfry/diagnostics.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/gil/extension/io/png.hpp>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace gil = boost::gil;
using namespace thumbnails;

namespace {

/// For those who look after tests: something is missing here.
constexpr int left_out = 77;

struct arguments {
  fs::path pictures;
  fs::path output;
  int decoders = 4;
  bool confined = true;
};

struct file {
  fs::path path;
  outcome result{};
};

std::vector<file> find_files(const fs::path& folder) {
  std::vector<file> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto ending = entry.path().extension();
    if (!entry.is_regular_file()) continue;
    if (ending == ".png" || ending == ".jpg" || ending == ".jpeg") files.push_back({entry.path()});
  }
  std::sort(files.begin(), files.end(), [](const file& a, const file& b) { return a.path < b.path; });
  return files;
}

std::string contents(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string data;
  // Not much more than is looked at: a file may be larger than memory.
  for (std::string piece(1 << 20, '\0'); stream && data.size() <= largest_file_bytes;) {
    stream.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    data.append(piece, 0, static_cast<std::size_t>(stream.gcount()));
  }
  return data;
}

/// Decodes all files, each by whichever decoder is free.
class run {
 public:
  run(std::vector<file>& files, const belfry::launch_options& decoder) : files_(files), options_(decoder) {}

  void with(int decoders) {
    asio::io_context context;
    for (int i = 0; i != decoders; ++i) {
      asio::co_spawn(context, work(context.get_executor()), [](const std::exception_ptr& failure) {
        if (failure) std::rethrow_exception(failure);
      });
    }
    context.run();
  }

 private:
  asio::awaitable<void> work(asio::any_io_executor executor) {
    decoder d(executor, options_);
    while (next_ != files_.size()) {
      auto& f = files_[next_++];
      f.result = co_await d.decode(contents(f.path));
      if (!f.result.picture) progress_.say(f.path.filename().native() + ": " + f.result.problem);
      progress_.advance();
    }
    co_await d.stop();
  }

  std::vector<file>& files_;
  const belfry::launch_options& options_;
  std::size_t next_ = 0;
  progress progress_{files_.size()};
};

/// Writes what there is, and tells of each file what came of it.
void write_results(const std::vector<file>& files, const fs::path& output) {
  fs::create_directories(output);
  std::vector<gil::rgb8c_view_t> views;
  int lost = 0;
  for (const auto& f : files) {
    const auto name = f.path.filename().native();
    lost += f.result.cost_a_plugin ? 1 : 0;
    if (!f.result.picture) {
      std::cout << name << ": no picture\n";
      continue;
    }
    const auto& picture = *f.result.picture;
    views.push_back(gil::const_view(picture.image));
    gil::write_view((output / (name + ".png")).native(), views.back(), gil::png_tag());
    std::cout << name << ": " << picture.original_width << " x " << picture.original_height << " -> "
              << picture.image.width() << " x " << picture.image.height() << '\n';
  }
  const auto sheet = contact_sheet(views, thumbnail_side);
  gil::write_view((output / "contact-sheet.png").native(), gil::const_view(sheet), gil::png_tag());
  std::cout << views.size() << " of " << files.size() << " pictures are on a sheet of " << sheet.width() << " x "
            << sheet.height() << "; " << lost << " decoders were lost\n";
}

int make_thumbnails(const arguments& a) {
  belfry::set_diagnostics_sink({});  // what becomes of each file is told here
  auto files = find_files(a.pictures);
  const auto program = fs::read_symlink("/proc/self/exe").replace_filename("thumbnail_decoder");
  const auto options = decoder_options(program, a.confined);
  try {
    run(files, options).with(a.decoders);
  } catch (const belfry::system_error& e) {
    if (e.code() != belfry::error::cannot_confine) throw;
    std::cerr << e.what() << "\n(--unconfined does without, at your own risk)\n";
    return left_out;
  }
  write_results(files, a.output);
  return EXIT_SUCCESS;
}

bool parse(int argc, char** argv, arguments& a) {
  std::vector<fs::path> folders;
  for (int i = 1; i != argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--decoders=")) a.decoders = std::atoi(argv[i] + 11);
    else if (argument == "--unconfined") a.confined = false;
    else if (argument.starts_with("-")) return false;
    else folders.emplace_back(argument);
  }
  if (folders.size() != 2 || a.decoders < 1 || a.decoders > 64) return false;
  a.pictures = folders[0];
  a.output = folders[1];
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  arguments a;
  if (!parse(argc, argv, a)) {
    std::cerr << "usage: thumbnails [--decoders=N] [--unconfined] PICTURES OUTPUT\n";
    return EXIT_FAILURE;
  }
  try {
    return make_thumbnails(a);
  } catch (const std::exception& e) {
    std::cerr << "thumbnails: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
