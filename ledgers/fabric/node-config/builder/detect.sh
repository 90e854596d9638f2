#!/bin/sh
# detect SOURCE METADATA: is this package ours, a contract that runs as a service? Fabric wrote metadata.json, on one line.
set -eu
PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}
grep -Eiq '"type"[[:space:]]*:[[:space:]]*"ccaas"' "$2/metadata.json"
