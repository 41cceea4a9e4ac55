#!/usr/bin/env bash
# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

# `belfry autopsy` prints what `belfry run --autopsy FOLDER` has left of a plugin that died.

source "$(dirname "$0")/support.bash"

autopsy() {
  "$belfry" autopsy "$@" >"$work/out" 2>"$work/err"
  status=$?
}
shows() { grep -qe "$1" "$work/out" || fail "it should show '$1': $(cat "$work/out")"; }

mkdir "$work/autopsies"
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21; do echo "line $i"; done >"$work/text"
run "$work/text" --autopsy "$work/autopsies" "$bin/crash_half_way"
expect_status 134 'crash'
expect_said "; autopsy in $work/autopsies/crash_half_way-"
file=$(echo "$work"/autopsies/*)
[[ $(stat -c %a "$file") == 600 ]] || fail "mode $(stat -c %a "$file")"

autopsy "$file"
expect_status 0 'print'
shows '^plugin crash_half_way (pid [0-9]*) of belfry (pid [0-9]*)'
shows 'process: killed by SIGABRT'
shows 'NOT READ: here its receiver stood'
shows 'line 21'

autopsy --json "$file"
expect_status 0 'JSON'
[[ $(wc -l <"$work/out") -eq 1 ]] || fail 'JSON should be one line'
cmp -s <(head -c -1 "$work/out") "$file" || fail 'JSON should be what the file holds'

head -c 100 "$file" >"$work/cut"
autopsy "$work/cut"
expect_status 1 'cut'
expect_said "^belfry: error: $work/cut: it is no JSON.*not an autopsy of belfry, or damaged"
sed 's/"belfry_autopsy":1/"belfry_autopsy":2/' "$file" >"$work/newer"
autopsy "$work/newer"
expect_status 1 'newer'
expect_said 'version 2, and this belfry reads up to 1'
autopsy "$work/missing"
expect_status 1 'missing'
expect_said 'No such file'
autopsy
expect_status 1 'no file'
autopsy --nonsense "$file"
expect_status 1 'nonsense'
autopsy --help
expect_status 0 'help'

run "$work/text" --autopsy "$work/nowhere" "$bin/word_count"
expect_status 1 'no folder'

finish
