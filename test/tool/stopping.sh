#!/usr/bin/env bash
# Copyright (c) 2026 The belfry authors.
# Distributed under the Boost Software License, Version 1.0.
# (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

# The command can be stopped from both sides, and takes its plugin with it.

source "$(dirname "$0")/support.bash"

children_of() { cat /proc/$1/task/$1/children 2>/dev/null; }
has_child() { [[ -n $(children_of "$1") ]]; }
is_gone() { [[ ! -e /proc/$1 || $(cut -d ' ' -f 3 /proc/$1/stat 2>/dev/null) == Z ]]; }

mkfifo "$work/never"
# A reader and a writer in one, so that neither end is missed and nothing ever comes.
exec {never}<>"$work/never"

# Idle, waiting for input that never comes.
for signal in TERM:143 INT:130 HUP:129; do
  # A shell's background jobs ignore SIGINT; this one must not.
  env --default-signal=INT,TERM,HUP "$belfry" run "$bin/word_count" <"$work/never" >"$work/out" 2>"$work/err" &
  pid=$!
  wait_until has_child $pid || fail 'no plugin'
  # It listens to signals once it has replied.
  echo "one two" >&"$never"
  wait_until test -s "$work/out" || fail "no reply"
  plugin=$(children_of $pid)
  kill -${signal%:*} $pid
  wait $pid
  status=$?
  expect_status ${signal#*:} "SIG${signal%:*}"
  expect_silence "SIG${signal%:*}"
  is_gone $plugin || fail "SIG${signal%:*}: the plugin is left running"
done

# Ctrl-C in a terminal goes to the whole group of the command, and its plugin is not in that.
: >"$work/out"
env --default-signal=INT setsid "$belfry" run "$bin/word_count" <"$work/never" >"$work/out" 2>"$work/err" &
pid=$!
wait_until has_child $pid || fail 'no plugin'
echo "one two" >&"$never"
wait_until test -s "$work/out" || fail "no reply"
plugin=$(children_of $pid)
kill -INT -- -$pid
wait $pid
status=$?
expect_status 130 'Ctrl-C'
expect_silence 'Ctrl-C'
is_gone $plugin || fail 'Ctrl-C: the plugin is left running'

# In the middle of a stream that nobody reads.
yes | env --default-signal=TERM "$belfry" run "$bin/word_count" 2>"$work/err" >&"$never" &
pid=$!
wait_until has_child $pid || fail 'no plugin'
sleep 0.2
plugin=$(children_of $pid)
kill -TERM $pid
wait $pid
status=$?
expect_status 143 'SIGTERM while the output is full'
is_gone $plugin || fail 'while the output is full: the plugin is left running'
exec {never}>&-

# The plugin does not listen: it is killed when the grace is over. One that never greets is killed at once.
for what in sleep deaf no_greeting; do
  env --default-signal=TERM "$belfry" run --stop-grace 200 --handshake-timeout 100000 "$bin/line_plugin" $what \
    <<<'a line' >"$work/out" 2>"$work/err" &
  pid=$!
  wait_until has_child $pid || fail "$what: no plugin"
  [[ $what != deaf ]] || wait_until test -s "$work/out" || fail "$what: no reply"
  plugin=$(children_of $pid)
  kill -TERM $pid
  wait $pid
  status=$?
  expect_status 143 "SIGTERM, and the plugin does: $what"
  wait_until is_gone $plugin || fail "$what: the plugin is left running"
done

# Whoever reads has enough, also where the plugin sends without end.
"$belfry" run "$bin/line_plugin" endless </dev/null 2>"$work/err" | head -n 1 >"$work/out"
status=${PIPESTATUS[0]}
expect_status 0 'head of an endless plugin'
expect_output $'more\n' 'head of an endless plugin'
yes | "$belfry" run "$bin/word_count" 2>"$work/err" | head -n 1 >"$work/out"
status=${PIPESTATUS[1]}
expect_status 0 'head'
expect_output $'1\n' 'head'
expect_silence 'head'

# Nowhere to write.
yes | head -n 10 >"$work/in"
"$belfry" run "$bin/word_count" <"$work/in" >/dev/full 2>"$work/err"
status=$?
expect_status 1 '/dev/full'
expect_said 'cannot write to standard output' '/dev/full'
"$belfry" run "$bin/word_count" <"$work/in" >&- 2>"$work/err"
status=$?
expect_status 1 'closed standard output'
expect_said 'cannot write to standard output' 'closed standard output'

# The command is killed: the plugin ends by itself.
mkfifo "$work/again"
exec {again}<>"$work/again"
"$belfry" run "$bin/word_count" <"$work/again" >/dev/null 2>&1 &
pid=$!
disown
wait_until has_child $pid || fail 'no plugin'
plugin=$(children_of $pid)
kill -KILL $pid
wait_until is_gone $plugin || fail 'after SIGKILL the plugin is left running'

finish
