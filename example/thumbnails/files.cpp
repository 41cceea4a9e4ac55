// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "files.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cwchar>
#include <cwctype>
#include <memory>
#include <system_error>

namespace fs = std::filesystem;

namespace thumbnails {
namespace {

struct closer {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using file_ptr = std::unique_ptr<std::FILE, closer>;

[[noreturn]] void throw_error(const fs::path& path, std::error_code ec) {
  throw std::system_error(ec, printable(path.native()));
}

std::error_code last_error() { return {errno, std::system_category()}; }

bool is_called_a_picture(const fs::path& path) {
  auto ending = path.extension().native();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

}  // namespace

std::vector<fs::path> find_pictures(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code ec;
  for (fs::directory_iterator i(folder, ec), end; !ec && i != end; i.increment(ec)) {
    if (is_called_a_picture(i->path())) found.push_back(i->path());
  }
  if (ec) throw_error(folder, ec);
  std::sort(found.begin(), found.end());
  return found;
}

std::string read_file(const fs::path& path, std::size_t limit_bytes) {
  std::error_code ec;
  const auto status = fs::status(path, ec);  // opening a named pipe would wait for somebody who writes to it
  if (ec) throw file_problem("cannot be read: " + ec.message());
  if (!fs::is_regular_file(status)) throw file_problem("is no regular file");
  const file_ptr file(std::fopen(path.c_str(), "rbe"));
  if (!file) throw file_problem("cannot be read: " + last_error().message());

  std::string contents;
  for (char piece[1 << 16]; const auto size = std::fread(piece, 1, sizeof piece, file.get());) {
    if (contents.size() + size > limit_bytes) throw file_problem("is too large to be looked at");
    contents.append(piece, size);
  }
  if (std::ferror(file.get()) != 0) throw file_problem("cannot be read: " + last_error().message());
  return contents;
}

void write_file(const fs::path& path, std::string_view contents) {
  auto other = path;
  other += ".part";
  file_ptr file(std::fopen(other.c_str(), "wbe"));
  if (!file) throw_error(path, last_error());
  const bool written = std::fwrite(contents.data(), 1, contents.size(), file.get()) == contents.size();
  auto ec = written ? std::error_code() : last_error();
  if (std::fclose(file.release()) != 0 && !ec) ec = last_error();
  if (!ec) fs::rename(other, path, ec);
  if (!ec) return;
  std::error_code ignored;
  fs::remove(other, ignored);
  throw_error(path, ec);
}

std::string printable(std::string_view text) {
  std::string result;
  std::mbstate_t state{};
  while (!text.empty()) {
    wchar_t character = 0;
    const auto size = std::mbrtowc(&character, text.data(), text.size(), &state);
    const bool valid = size >= 1 && size <= text.size();
    if (valid && std::iswprint(static_cast<std::wint_t>(character))) {
      result += text.substr(0, size);
      text.remove_prefix(size);
      continue;
    }
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned char>(text.front()));
    result += escape;
    text.remove_prefix(1);
    state = {};
  }
  return result;
}

}  // namespace thumbnails
