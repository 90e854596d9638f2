#!/bin/sh
# build SOURCE METADATA OUTPUT: nothing is compiled; keep where the contract answers, and its indexes.
set -eu
PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}
umask 077
source=$1 output=$3

if [ ! -f "$source/connection.json" ]; then
  echo "the package holds no connection.json" >&2
  exit 1
fi
if ! grep -q '"address"' "$source/connection.json"; then
  echo "connection.json names no address" >&2
  exit 1
fi
cp "$source/connection.json" "$output/connection.json"
if [ -d "$source/META-INF/statedb" ]; then
  mkdir "$output/META-INF"
  cp -R "$source/META-INF/statedb" "$output/META-INF/statedb"
fi
# The peer copies this folder last and by name (core/container/externalbuilder), so this file is there only when all else is.
: >"$output/$CELLO_BUILD_MARK"
