#!/bin/sh
# Runs one node and writes down how it ended.
#
#   sh launcher.sh FOLDER RUN OPEN_FILES PROGRAM [ARGUMENT ...]
#
# It is the leader of a session of its own, so it lives on when the control plane ends. FOLDER gets `pid` (the run and the
# program's process id) and, at the end, `exit.json`: the run and the status as POSIX sh knows it, where 128 and more is
# a signal. The time of the end is that file's time of change. OPEN_FILES is a limit, or `-` for none of ours.
umask 077
folder=$1 run=$2 open_files=$3
shift 3

if [ "$open_files" != - ]; then
  # A number above the hard limit is refused to all but root: then take what there is.
  ulimit -n "$open_files" 2>/dev/null || ulimit -S -n "$(ulimit -H -n)"
fi

child=
asked=
trap 'asked=yes; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM
"$@" &
child=$!
# Some shells print how a child was ended; the log is the node's alone.
exec 2>/dev/null
# One line, written at once: whoever reads it waits for the end of the line.
echo "$run $child" >"$folder/pid"
# Asked before there was anybody to pass it on to.
[ -z "$asked" ] || kill -TERM "$child" 2>/dev/null

wait "$child"
status=$?
# A signal that we pass on ends `wait` early. 127: the program had ended, and its status is the one we have.
while [ -n "$asked" ]; do
  asked=
  wait "$child"
  again=$?
  [ "$again" = 127 ] || status=$again
done
trap '' TERM
PATH=/usr/bin:/bin

printf '{"run":"%s","status":%d}\n' "$run" "$status" >"$folder/exit.json.new" &&
  mv -f "$folder/exit.json.new" "$folder/exit.json"
# What the node started and left behind goes with it; we are in that group too, and done.
kill -KILL 0
