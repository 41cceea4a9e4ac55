// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "screen.hpp"

#include <stdexcept>

#if defined(BELFRY_TOOL_HAS_NCURSES)

#include <cstdio>
#include <cstdlib>

#define NCURSES_NOMACROS  // else erase, timeout and others mean something else everywhere below
#include <curses.h>
#include <unistd.h>

namespace belfry::tool {
namespace {

/// The terminal, as long as it is ours.
class terminal {
 public:
  terminal() {
    if (::isatty(STDOUT_FILENO) == 0 || ::isatty(STDIN_FILENO) == 0) {
      throw std::runtime_error("there is no terminal to draw on; try --once or --json");
    }
    screen_ = ::newterm(nullptr, stdout, stdin);
    if (screen_ == nullptr) {
      const char* const kind = std::getenv("TERM");
      throw std::runtime_error("a terminal of the kind '" + std::string(kind != nullptr ? kind : "") +
                               "' is unknown here (TERM); try --once or --json");
    }
    ::cbreak();
    ::noecho();
    ::curs_set(0);
  }
  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;
  ~terminal() {
    ::endwin();
    ::delscreen(screen_);
  }

 private:
  SCREEN* screen_ = nullptr;
};

void line(int y, const std::string& text, bool heading = false) {
  if (y >= LINES) return;
  if (heading) ::attron(A_REVERSE);
  ::mvaddnstr(y, 0, text.c_str(), COLS);
  if (heading) ::attroff(A_REVERSE);
}

}  // namespace

void draw(std::chrono::milliseconds interval, const std::function<picture()>& look) {
  const terminal ours;
  ::timeout(static_cast<int>(interval.count()));
  for (;;) {
    const picture p = look();
    ::erase();
    line(0, "belfry top: " + p.summary + " (q ends)");
    int y = 2;
    for (const auto& text : p.table) {
      line(y, text, y == 2);
      ++y;
    }
    ::refresh();
    const int key = ::getch();
    if (key == 'q' || key == 'Q') return;
  }
}

}  // namespace belfry::tool

#else

namespace belfry::tool {

void draw(std::chrono::milliseconds, const std::function<picture()>&) {
  throw std::runtime_error("this command was built without ncurses, which draws the live view; try --once or --json");
}

}  // namespace belfry::tool

#endif
