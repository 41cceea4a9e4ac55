#!/usr/bin/env bash
# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

# `belfry bench` is the program belfry_bench beside it, with the same arguments; without that it says what is missing.

source "$(dirname "$0")/support.bash"

# bench PROGRAM ARGUMENT...: leaves $status, and its output in $work/out and $work/err.
bench() {
  local program=$1
  shift
  "$program" bench "$@" </dev/null >"$work/out" 2>"$work/err"
  status=$?
}

# Alone, in a folder of its own.
mkdir "$work/alone"
cp "$belfry" "$work/alone/belfry"
bench "$work/alone/belfry" ping-pong
expect_status 1 'without the benchmarks'
expect_output '' 'without the benchmarks'
expect_said "^belfry: error: .*$work/alone/belfry_bench: No such file.*BELFRY_INSTALL_BENCH" 'without the benchmarks'

# The program beside it gets what stands behind `bench`, and its exit status is the command's.
cat >"$work/alone/belfry_bench" <<'SCRIPT'
#!/bin/sh
printf '[%s]' "$@"
echo "to standard error" >&2
exit 42
SCRIPT
bench "$work/alone/belfry" ping-pong
expect_status 1 'a file that is not executable'
expect_said 'belfry_bench: Permission denied' 'a file that is not executable'
chmod +x "$work/alone/belfry_bench"
bench "$work/alone/belfry" --help 'two words' '' --rounds 3
expect_status 42 'beside it'
expect_output '[--help][two words][][--rounds][3]' 'beside it'
expect_said '^to standard error$' 'beside it'

# A link to the command leads to the same.
mkdir "$work/links"
ln -s "$work/alone/belfry" "$work/links/belfry"
bench "$work/links/belfry" again
expect_status 42 'through a link'
expect_output '[again]' 'through a link'

# The real one, where it was built.
if [[ -x $bin/belfry_bench ]]; then
  bench "$belfry" --help
  expect_status 0 'help'
  grep -q 'launch-time' "$work/out" || fail "help: $(cat "$work/out")"
  bench "$belfry" no-such-measure
  expect_status 2 'a measure that does not exist'
fi

finish
