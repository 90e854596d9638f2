#!/bin/sh
# release OUTPUT RELEASE: say where the contract answers, and with which TLS identity the peer goes there. The identity is
# the peer's own, in a file beside it, so that no package holds a key.
set -eu
PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}
umask 077
output=$1 release=$2
identity=${CELLO_NODE_FILES:?}/contract-client.json

mkdir -p "$release/chaincode/server"
if [ -d "$output/META-INF/statedb" ]; then
  cp -R "$output/META-INF/statedb" "$release/statedb"
fi

connection=$(cat "$output/connection.json")
case $connection in
  *'}') ;;
  *)
    echo "connection.json is not a JSON object" >&2
    exit 1
    ;;
esac
# What comes last counts where Go finds a field twice; the package itself decides whether there is TLS at all.
if [ -f "$identity" ] && grep -Eq '"tls_required"[[:space:]]*:[[:space:]]*true' "$output/connection.json"; then
  fields=$(cat "$identity")
  connection="${connection%\}},${fields#\{}"
fi
printf '%s\n' "$connection" >"$release/chaincode/server/connection.json"
