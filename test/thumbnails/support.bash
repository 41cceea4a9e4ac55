# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

# What the tests of example/thumbnails share. Sourced with the folder of the executables, and with what --confine is to be.

source "$(dirname "${BASH_SOURCE[0]}")/../tool/support.bash"

confine=${2-possible}
samples=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../example/thumbnails/pictures" && pwd)
children_of() { cat "/proc/$1/task/$1/children" 2>/dev/null; }
is_gone() { [[ ! -e /proc/$1 || $(cut -d ' ' -f 3 "/proc/$1/stat" 2>/dev/null) == Z ]]; }

# make ARGUMENT...: runs `thumbnails`; leaves $status, and its output in $work/out and $work/err.
make() {
  "$bin/thumbnails" --decoders=3 --confine="$confine" "$@" >"$work/out" 2>"$work/err" </dev/null
  status=$?
}

# expect_lines NUMBER WHAT: so many lines of standard error are about files.
expect_lines() {
  [[ $(grep '^  ' "$work/err" | grep -cv '^  not here: ') -eq $1 ]] || fail "$2: not $1 lines about files, but: $(cat "$work/err")"
}

# expect_printed TEXT WHAT
expect_printed() {
  grep -qF -e "$1" "$work/out" || fail "$2: it should have printed '$1', and printed: $(cat "$work/out")"
}
