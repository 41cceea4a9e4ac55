#!/usr/bin/env bash
# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

# A plugin that was started by hand, or by a debugger, walks in at `belfry run --listen`.

source "$(dirname "$0")/support.bash"

door=$work/folder/door
seq 100 >"$work/in"

# walk_in COMMAND...: starts it as a plugin for a host that listens; leaves the host's $status and the plugin's $ended.
walk_in() {
  "$belfry" run --listen "$door" <"$work/in" >"$work/out" 2>"$work/err" &
  local host=$!
  wait_until test -S "$door" || fail "it does not listen: $(cat "$work/err")"
  BELFRY_HOST=$door "$@" >"$work/plugin_out" 2>&1
  ended=$?
  wait $host
  status=$?
}

run "$work/in" "$bin/word_count"
mv "$work/out" "$work/launched"

walk_in "$bin/word_count"
expect_status 0 'by hand'
((ended == 0)) || fail "by hand: the plugin ended with $ended: $(cat "$work/plugin_out")"
expect_same "$work/out" "$work/launched" 'by hand'
expect_said "waiting for a plugin that is started with BELFRY_HOST=$door" 'by hand'
[[ ! -e $work/folder ]] || fail 'the folder is left'

walk_in "$bin/crash_half_way"
expect_status 1 'one that dies'
expect_said 'ended without a goodbye' 'one that dies'

# Where processes may be traced at all. A program that is traced cannot look for leaks, if it is built to do so.
if gdb -batch -ex run /bin/true >"$work/gdb" 2>&1 && grep -q 'exited normally' "$work/gdb"; then
  export ASAN_OPTIONS=detect_leaks=0
  walk_in gdb -batch -ex run --args "$bin/word_count"
  expect_status 0 'under a debugger'
  expect_same "$work/out" "$work/launched" 'under a debugger'
  grep -q 'exited normally' "$work/plugin_out" || fail "under a debugger: $(cat "$work/plugin_out")"
  # The example of doc/walk-in.md.
  "$bin/12_walk_in" gdb -q -batch -ex run --args >"$work/out" 2>"$work/err"
  status=$?
  expect_status 0 'the example under a debugger'
  expect_output $'readme_plugin walked in\nhello -> HELLO\ndebugger -> DEBUGGER\nit ended, and all was well with it\n'
  unset ASAN_OPTIONS
fi

# Told to stop before anybody came.
env --default-signal=TERM "$belfry" run --quiet --listen "$door" </dev/null >"$work/out" 2>"$work/err" &
host=$!
wait_until test -S "$door" || fail 'it does not listen'
kill -TERM $host
wait $host
status=$?
expect_status 143 'SIGTERM'
expect_silence 'SIGTERM'
[[ ! -e $work/folder ]] || fail 'SIGTERM: the folder is left'

run "$work/in" --listen "$door" "$bin/word_count"
expect_status 1 'a plugin besides'
expect_said 'none can be given' 'a plugin besides'
run "$work/in" --listen "$door" --stop-grace 1
expect_status 1 '--stop-grace besides'
expect_said 'is not waited for' '--stop-grace besides'
run "$work/in" --listen "/tmp/door"
expect_status 1 '/tmp'
expect_said 'a folder of your own' '/tmp'

BELFRY_HOST=$door "$bin/word_count" >"$work/out" 2>"$work/err"
status=$?
expect_status 69 'nobody there'
expect_said "start it first (belfry run --listen $door)" 'nobody there'

finish
