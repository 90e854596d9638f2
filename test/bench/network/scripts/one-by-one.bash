#!/usr/bin/env bash
# The network and its first transaction, one command after the other, as fabric-samples' test network goes about it.
# shellcheck source-path=SCRIPTDIR source=network.bash
source "$(dirname "${BASH_SOURCE[0]}")/network.bash"
prepare

write_crypto_config
for org in orderer org1 org2; do make_crypto "$org"; done
write_configtx
make_genesis
for name in "${orderers[@]}"; do start_orderer "$name"; done
for name in "${peers[@]}"; do start_peer "$name"; done
mark started

for name in "${orderers[@]}"; do retry join_orderer "$name"; done
for name in "${peers[@]}"; do retry join_peer "$name"; done
mark joined

at_orderer
for org in 1 2; do make_package "$org"; done
for org in 1 2; do retry install_package "$org"; done
for org in 1 2; do start_contract "$org"; done
mark installed
for org in 1 2; do retry approve "$org"; done
mark approved
retry commit
mark committed

retry invoke
mark first-commit
retry query
mark first-query
