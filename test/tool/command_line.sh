#!/usr/bin/env bash
# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

# The command line is understood, or refused with status 1 and a reason.

source "$(dirname "$0")/support.bash"

refused() {
  local why=$1
  shift
  "$belfry" "$@" </dev/null >"$work/out" 2>"$work/err"
  status=$?
  expect_status 1 "belfry $*"
  expect_output '' "belfry $*"
  expect_said "$why" "belfry $*"
}

"$belfry" --version >"$work/out" || fail "--version"
grep -qx 'belfry [0-9]*\.[0-9]*\.[0-9]*' "$work/out" || fail "--version says: $(cat "$work/out")"
"$belfry" --help | grep -q 'belfry run' || fail "--help"
for option in --help -h; do
  "$belfry" run $option | grep -q 'kind 1, "end of input"' || fail "run $option"
done
"$belfry" run --help >/dev/full 2>"$work/err" && fail "help that could not be written"

refused 'no command is given'
refused "no command 'walk'" walk
refused 'no plugin is given' run
refused 'no plugin is given' run --
refused 'no plugin is given' run --quiet
refused 'no plugin is given' run ''
refused 'unrecognised option' run --colour "$bin/word_count"
refused 'unrecognised option' run --handshake 5 "$bin/word_count" # no guessing
refused 'handshake-timeout' run --handshake-timeout soon "$bin/word_count"
refused 'handshake-timeout' run --handshake-timeout
refused 'must be from 1 to' run --handshake-timeout=-5 "$bin/word_count"
refused 'must be from 1 to' run --handshake-timeout -5 "$bin/word_count"
refused 'must be from 1 to' run --ring-size 0 "$bin/word_count"
refused 'must be from 1 to' run --ring-size 99999999999 "$bin/word_count"
refused 'must be from 0 to' run --large-memory 99999999999 "$bin/word_count"
refused 'ring-size' run --ring-size 64K "$bin/word_count"
refused 'contradict' run -q -v "$bin/word_count"

# What stands behind the plugin is the plugin's, whatever it looks like, and so is the second of two dashes.
for arguments in '--help' '--version' '-- --help' '--no-such-option' '-h x -q'; do
  echo 'a b c' >"$work/in"
  run "$work/in" --name=counter --stop-grace 30000 -q "$bin/word_count" $arguments
  expect_status 0 "word_count $arguments"
  expect_output $'3\ntotal: 1 lines, 3 words, 6 bytes\n' "word_count $arguments"
done
run /dev/null -- "$bin/word_count"
expect_status 0 'behind two dashes'
run /dev/null --name name "$bin/word_count" # a value that is also an option's name
expect_status 0 '--name name'

# Without a slash it is looked for in PATH.
PATH=$bin:$PATH run /dev/null word_count
expect_status 0 'from PATH'
expect_output $'total: 0 lines, 0 words, 0 bytes\n' 'from PATH'
(cd "$bin" && run /dev/null word_count && expect_status 1 'not in PATH' && exit $failures) || fail 'not in PATH'

finish
