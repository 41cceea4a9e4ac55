#!/usr/bin/env bash
# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

# However a plugin ends, or never begins, there is one status and one reason, and nothing is left running.

source "$(dirname "$0")/support.bash"

seq 50 >"$work/in"

run "$work/in" "$bin/no_such_plugin"
expect_status 1 'missing'
expect_said 'No such file' 'missing'
run "$work/in" "$work/in"
expect_status 1 'not executable'
expect_said 'Permission denied' 'not executable'
run "$work/in" "$work"
expect_status 1 'a folder'
expect_said 'Permission denied' 'a folder'

run "$work/in" /bin/true
expect_status 2 /bin/true
expect_said 'is no belfry plugin' /bin/true
run "$work/in" /bin/cat
expect_status 2 /bin/cat
expect_said 'is no belfry plugin' /bin/cat
expect_output '' '/bin/cat must not see the input'
run "$work/in" /bin/false
expect_status 2 /bin/false
run "$work/in" /bin/sh -c 'kill -SEGV $$'
expect_status 2 'dies before the handshake'
expect_said SIGSEGV 'dies before the handshake'
run "$work/in" --handshake-timeout 300 /bin/sleep 1000
expect_status 2 'never greets'
expect_said 'did not greet within 300 ms' 'never greets'
run "$work/in" "$bin/puppet" refuse 'the moon is full'
expect_status 2 'refuses'
expect_said 'the moon is full' 'refuses'
run "$work/in" "$bin/puppet" speak_versions 98 99
expect_status 2 'speaks other versions'
expect_said 'protocols 98 to 99' 'speaks other versions'
for violation in bad_header bad_frame; do
  run "$work/in" "$bin/puppet" "$violation"
  expect_status 1 "$violation"
  expect_said 'broke the protocol' "$violation"
done

# A crash: what was answered before is printed, the diagnostic tells who and how, the status is the shell's.
run "$work/in" "$bin/crash_half_way"
expect_status 134 'a crash'
for i in $(seq 20); do echo "answer $i"; done >"$work/expected"
expect_same "$work/out" "$work/expected" 'a crash'
expect_said '^belfry: error: .*crash_half_way (pid [0-9]*) .*SIGABRT' 'a crash'
[[ $(wc -l <"$work/err") -eq 1 ]] || fail "a crash is told in one line: $(cat "$work/err")"
run "$work/in" --name 'the bad one' "$bin/crash_half_way"
expect_said 'the bad one (pid' 'named'
run "$work/in" --quiet "$bin/crash_half_way"
expect_status 134 'a quiet crash'
expect_silence 'a quiet crash'
run "$work/in" --verbose "$bin/word_count"
expect_status 0 'verbose'
expect_said 'belfry: .*word_count' 'verbose'

# ends STATUS WHAT: the plugin that does WHAT, see test/target/line_plugin.cpp, gives this status.
ends() {
  run "$work/in" --stop-grace "${grace:-30000}" "$bin/line_plugin" "$2"
  expect_status "$1" "$2"
}

ends 0 echo
expect_same "$work/out" "$work/in" echo
expect_silence echo
ends 0 silent
expect_output $'50\n' silent
ends 0 burst
for ((i = 1; i <= 50; i++)); do printf "$i %s\n" 0 1 2 3 4; done >"$work/expected"
expect_same "$work/out" "$work/expected" burst
ends 0 early
expect_output $'1\n2\n3\n4\n5\n' early
expect_silence early
ends 1 exit_0
expect_output $'1\n2\n3\n4\n5\n' exit_0
expect_said 'exited with code 0 without a goodbye' exit_0
ends 7 exit_7
expect_output $'1\n2\n3\n4\n5\n' exit_7
expect_said 'exited with code 7' exit_7
ends 3 status_3_after
expect_same "$work/out" "$work/in" status_3_after
expect_said 'exited with code 3' status_3_after
ends 137 signal_after
expect_said SIGKILL signal_after
grace=200 ends 137 linger_deaf
expect_said 'has ended its channel but not itself in 200 ms' linger_deaf
grace=200 ends 143 linger
expect_same "$work/out" "$work/in" linger
expect_said 'has ended its channel but not itself in 200 ms' linger

# Stray prints of a plugin are no replies.
printf '#!/bin/sh\necho stray\nexec "%s"\n' "$bin/word_count" >"$work/prints"
chmod +x "$work/prints"
run /dev/null "$work/prints"
expect_status 0 'a plugin that prints'
expect_output $'total: 0 lines, 0 words, 0 bytes\n' 'a plugin that prints'
expect_said stray 'a plugin that prints'

# By hand, without a host, a plugin says what it is.
for plugin in word_count crash_half_way readme_plugin; do
  "$bin/$plugin" </dev/null >"$work/out" 2>"$work/err"
  status=$?
  ((status != 0)) || fail "$plugin by hand ends with status 0"
  expect_output '' "$plugin by hand"
  expect_said 'plugin' "$plugin by hand"
  ((status < 126)) || fail "$plugin by hand ends with status $status"
done

finish
