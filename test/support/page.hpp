// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_PAGE_HPP
#define BELFRY_TEST_SUPPORT_PAGE_HPP

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace belfry::test {

/// A table as the pages of doc/ have them. No cell is empty.
class table {
 public:
  explicit table(const std::vector<std::string>& columns) {
    text_ = "| |";
    for (const auto& name : columns) text_ += ' ' + name + " |";
    text_ += "\n|---|";
    for (std::size_t i = 0; i != columns.size(); ++i) text_ += "---|";
    text_ += '\n';
  }

  void row(const std::string& name, const std::vector<std::string>& cells) {
    text_ += "| `" + name + "` |";
    for (const auto& cell : cells) {
      BOOST_TEST(!cell.empty(), name);
      text_ += ' ' + cell + " |";
    }
    text_ += '\n';
  }

  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

/// Fails unless the page of doc/ has `expected` in it.
inline void check_page(const std::string& name, const std::string& expected) {
  const auto file = std::filesystem::path(BELFRY_TEST_SOURCE_DIR) / "doc" / name;
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  BOOST_TEST(text.find(expected) != std::string::npos, file.string() << " should hold this:\n" << expected);
}

}  // namespace belfry::test

#endif
