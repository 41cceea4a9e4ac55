// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// Makes a thumbnail of each PNG and JPEG file in a folder, and one contact sheet with all of them. The files are decoded by
// plugins, several at a time, which are confined so that they can do nothing else. A file that is broken, or made to break
// its decoder, costs that decoder and one line on standard error.
//
//   thumbnails [--decoders=N] [--tries=N] [--confine=required|possible|none] PICTURES OUTPUT

#include "contact_sheet.hpp"
#include "decoders.hpp"
#include "files.hpp"
#include "png_file.hpp"
#include "run.hpp"

#include <algorithm>
#include <charconv>
#include <clocale>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

#include <unistd.h>

namespace fs = std::filesystem;
using namespace thumbnails;

namespace {

constexpr int usage_error = 2;

struct arguments {
  fs::path pictures;
  fs::path output;
  std::size_t decoders = std::clamp(std::thread::hardware_concurrency(), 2U, 16U);
  std::size_t tries = 1;
  std::string_view confine = "possible";
};

bool parse_number(std::string_view text, std::size_t most, std::size_t& number) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  return ec == std::errc() && end == text.data() + text.size() && number >= 1 && number <= most;
}

bool parse(int argc, char** argv, arguments& a) {
  std::vector<fs::path> folders;
  for (int i = 1; i != argc; ++i) {
    const std::string_view argument = argv[i];
    const auto value = argument.substr(std::min(argument.find('='), argument.size() - 1) + 1);
    if (argument.starts_with("--decoders=")) {
      if (!parse_number(value, 64, a.decoders)) return false;
    } else if (argument.starts_with("--tries=")) {
      if (!parse_number(value, 100, a.tries)) return false;
    } else if (argument.starts_with("--confine=")) {
      a.confine = value;
      if (value != "required" && value != "possible" && value != "none") return false;
    } else if (argument.starts_with("-") || argument.empty()) {
      return false;
    } else {
      folders.emplace_back(argument);
    }
  }
  if (folders.size() != 2) return false;
  a.pictures = folders[0];
  a.output = folders[1];
  return true;
}

/// Throws if nothing could be written there.
void prepare_output(const arguments& a) {
  std::error_code ec;
  fs::create_directories(a.output, ec);
  if (!ec && !fs::is_directory(a.output)) ec = std::make_error_code(std::errc::not_a_directory);
  if (!ec && ::access(a.output.c_str(), W_OK | X_OK) != 0) ec.assign(errno, std::system_category());
  if (ec) throw std::system_error(ec, printable(a.output.native()));
  if (fs::equivalent(a.pictures, a.output)) throw std::runtime_error("thumbnails must go to a folder of their own");
}

/// Does what `--confine` says, and tells what came of it.
void confine_as_asked(belfry::launch_options& decoder, const arguments& a) {
  if (a.confine == "none") {
    std::cout << "Decoders are not confined, and can do whatever you can\n";
    return;
  }
  const auto missing = confine(decoder);
  for (const auto& what : missing) std::cerr << "  not here: " << what << '\n';
  if (!missing.empty() && a.confine == "required") throw std::runtime_error("decoders cannot be confined as required");
  std::cout << (missing.empty() ? "Decoders are confined: they can compute, and nothing else\n"
                                : "Decoders are confined as far as this machine can do it\n");
}

int make_thumbnails(const arguments& a) {
  auto files = find_pictures(a.pictures);
  if (files.size() > contact_sheet::most_pictures)
    throw std::runtime_error("there are too many pictures for one sheet");
  prepare_output(a);
  if (files.empty()) {
    std::cout << "There are no pictures in " << printable(a.pictures.native()) << '\n';
    return EXIT_SUCCESS;
  }

  auto decoder = decoder_options(fs::read_symlink("/proc/self/exe").replace_filename("thumbnail_decoder"));
  confine_as_asked(decoder, a);
  std::cout << std::flush;
  contact_sheet sheet(files.size());
  const auto total = files.size();
  run all(std::move(files), a.output, sheet, std::move(decoder), pool_of(a.decoders, static_cast<unsigned>(a.tries)));
  const auto outcome = all();

  std::cout << outcome.thumbnails << " thumbnails of " << total << " files; " << outcome.broken << " cost a decoder, "
            << outcome.left_out << " were left out\n";
  if (outcome.signal != 0) {
    std::cout << "Interrupted before all was done, so there is no contact sheet\n";
    return 128 + outcome.signal;
  }
  const auto path = a.output / "contact-sheet.png";
  write_png(path, boost::gil::const_view(sheet.image()));
  std::cout << printable(path.native()) << '\n';
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "");  // which characters of a name can be shown
  arguments a;
  if (!parse(argc, argv, a)) {
    std::cerr << "usage: thumbnails [--decoders=N] [--tries=N] [--confine=required|possible|none] PICTURES OUTPUT\n";
    return usage_error;
  }
  try {
    return make_thumbnails(a);
  } catch (const std::exception& e) {
    std::cerr << "thumbnails: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
