# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

# What the tests of the command share. Sourced with the folder of the executables as the first argument.

set -uo pipefail
export LC_ALL=C

bin=$(cd "$1" && pwd)
belfry=$bin/belfry
work=$(mktemp -d)
failures=0
trap 'rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# run INPUT ARGUMENT...: runs `belfry run` on the file INPUT; leaves $status, and its output in $work/out and $work/err.
run() {
  local input=$1
  shift
  "$belfry" run "$@" <"$input" >"$work/out" 2>"$work/err"
  status=$?
}

expect_status() {
  [[ $status -eq $1 ]] || fail "${2-}: status $status instead of $1; it said: $(cat "$work/err")"
}

# expect_same FILE FILE WHAT
expect_same() {
  cmp -s "$1" "$2" || fail "$3: $(diff -a "$1" "$2" | head -5)"
}

expect_output() {
  printf '%s' "$1" >"$work/expected"
  expect_same "$work/out" "$work/expected" "${2-output}"
}

# The text in standard error, as a basic regular expression.
expect_said() {
  grep -q -e "$1" "$work/err" || fail "${2-}: it should have said '$1', and said: $(cat "$work/err")"
}

expect_silence() {
  [[ ! -s $work/err ]] || fail "${1-}: it should have said nothing, and said: $(cat "$work/err")"
}

# Waits, for at most 60 seconds, until the command that follows succeeds.
wait_until() {
  local deadline=$((SECONDS + 60))
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.02
  done
}

finish() {
  ((failures == 0)) && exit 0
  echo "$failures failed" >&2
  exit 1
}
