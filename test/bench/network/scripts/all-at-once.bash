#!/usr/bin/env bash
# The same network and transaction, with everything at once that does not wait for something else.
# shellcheck source-path=SCRIPTDIR source=network.bash
source "$(dirname "${BASH_SOURCE[0]}")/network.bash"
prepare

# all PID…: waits for each; the first that failed ends the script.
all() { local pid; for pid in "$@"; do wait "$pid"; done; }

write_crypto_config
making=()
for org in orderer org1 org2; do make_crypto "$org" & making+=($!); done
all "${making[@]}"
write_configtx
at_orderer
making=()
make_genesis & making+=($!)
for name in "${orderers[@]}"; do start_orderer "$name"; done
for name in "${peers[@]}"; do start_peer "$name"; done
packing=()
for org in 1 2; do make_package "$org" & packing+=($!); done
mark started

# Whatever an approval waits for comes first: the orderers, whose first leader comes a while after they joined, and one
# peer of each organization. It needs no installed package, only its id. Both go out at once and share a block.
all "${making[@]}"
first=() others=()
for name in "${orderers[@]}"; do retry join_orderer "$name" & first+=($!); done
for org in 1 2; do retry join_peer "$org/0" & first+=($!); done
for org in 1 2; do retry join_peer "$org/1" & others+=($!); done
all "${packing[@]}"
for org in 1 2; do retry install_package "$org" & others+=($!); done
for org in 1 2; do start_contract "$org"; done
all "${first[@]}"
mark joined

approving=()
for org in 1 2; do retry approve "$org" & approving+=($!); done
all "${others[@]}"
mark installed
all "${approving[@]}"
mark approved
retry commit
mark committed

retry invoke
mark first-commit
retry query
mark first-query
