# What both scripts share: where Fabric is, names, ports, configuration, and one function for each command of the official
# tools. Written from the commands' public documentation. Sourced, never run.
#
# Given by the caller:
#   BENCH_FOLDER    an empty folder for all that is written; the caller removes it
#   BENCH_NODE      Node, which starts the contract
#   BENCH_CONTRACT  the contract's file to start, which reads CHAINCODE_SERVER_ADDRESS and CHAINCODE_ID
#   BENCH_TICK      Raft's tick, Fabric's default is 500ms
#   BENCH_BATCH     the orderers' BatchTimeout, Fabric's default is 2s
# Printed: `mark NAME MILLISECONDS-SINCE-1970`, one a line.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
node=${BENCH_NODE:?} contract=${BENCH_CONTRACT:?} tick=${BENCH_TICK:-500ms} batch=${BENCH_BATCH:-2s}
channel=bench chaincode=assets peers=(1/0 1/1 2/0 2/1) orderers=(0 1 2)
root=${BENCH_FOLDER:?} crypto=''

mark() {
  local now=$EPOCHREALTIME
  echo "mark $1 $((${now/[.,]/} / 1000))"
}

# Fabric is looked for where Cello looks: the configured folder, PATH, the cache.
find_fabric() {
  local machine candidate
  case $(uname -m) in x86_64) machine=linux-amd64 ;; aarch64) machine=linux-arm64 ;; *) machine=unknown ;; esac
  local cache=${CELLO_CACHE:-$HOME/.cache/cello}
  for candidate in ${CELLO_FABRIC:+"$CELLO_FABRIC" "$CELLO_FABRIC/bin"} \
    "$(dirname "$(command -v configtxgen || true)")" \
    $(ls -d "$cache"/fabric/*/"$machine"/bin 2>/dev/null | sort -rV); do
    [ -x "$candidate/configtxgen" ] && [ -x "$candidate/cryptogen" ] && [ -f "$candidate/../config/core.yaml" ] || continue
    bin=$candidate config=$(cd "$candidate/../config" && pwd)
    return
  done
  echo "Fabric's tools (configtxgen, cryptogen, and config/core.yaml beside their folder) were not found" >&2
  exit 3
}

# Ports below the kernel's ephemeral range, at random, that nobody listens at.
declare -A port
take_port() {
  local number
  while :; do
    number=$((20000 + RANDOM % 12000))
    [[ " ${port[*]:-} " == *" $number "* ]] && continue
    (: <>"/dev/tcp/127.0.0.1/$number") 2>/dev/null || break
  done
  port[$1]=$number
}

prepare() {
  find_fabric
  line=$("$bin/peer" version | sed -n 's/^ *Version: v*\([0-9]\).*/\1/p')
  crypto=$root/crypto
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  local name use
  for name in "${orderers[@]}"; do for use in service admin operations; do take_port "orderer$name-$use"; done; done
  for name in "${peers[@]}"; do for use in service chaincode operations; do take_port "peer$name-$use"; done; done
  for name in 1 2; do take_port "contract$name"; done
  mark start
}

# All that was started here is ended by its id.
clean_up() {
  local status=$?
  trap - EXIT
  if [ "$status" -ne 0 ]; then tail -n 5 "$root"/*.log >&2 || true; fi
  # shellcheck disable=SC2046 # one word each
  kill $(jobs -p) 2>/dev/null || true
  wait 2>/dev/null || true
  exit "$status"
}

# Until it succeeds: nothing waits for a fixed time. Gives up after a minute.
retry() {
  local end=$((SECONDS + 60)) said
  until said=$("$@" 2>&1); do
    if ((SECONDS > end)); then
      echo "gave up: $* : $said" >&2
      return 1
    fi
    sleep 0.05
  done
}

# Until somebody listens at the port: the peer command would make of one refused connection a second's wait.
await_port() {
  local end=$((SECONDS + 60))
  until (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
    if ((SECONDS > end)); then
      echo "nobody listens at port $1" >&2
      return 1
    fi
    sleep 0.02
  done
}

# ---- identities and genesis ------------------------------------------------------------------------------------------

write_crypto_config() {
  local name
  {
    echo 'OrdererOrgs:'
    echo '  - {Name: Orderer, Domain: orderer.test, EnableNodeOUs: true, Specs: ['
    for name in "${orderers[@]}"; do echo "      {Hostname: orderer$name, SANS: [localhost, 127.0.0.1]},"; done
    echo '    ]}'
  } >"$root/crypto-orderer.yaml"
  for name in 1 2; do
    echo "PeerOrgs:
  - {Name: Org$name, Domain: org$name.test, EnableNodeOUs: true, Template: {Count: 2, SANS: [localhost, 127.0.0.1]}, Users: {Count: 0}}" \
      >"$root/crypto-org$name.yaml"
  done
}

# make_crypto orderer|org1|org2
make_crypto() { "$bin/cryptogen" generate --config="$root/crypto-$1.yaml" --output="$crypto" >/dev/null; }

orderer_home() { echo "$crypto/ordererOrganizations/orderer.test/orderers/orderer$1.orderer.test"; }
org_home() { echo "$crypto/peerOrganizations/org$1.test"; }
peer_home() { echo "$(org_home "${1%/*}")/peers/peer${1#*/}.org${1%/*}.test"; }

# The same options as Cello's document in ../document.ts.
write_configtx() {
  local name org level=V2_0
  [ "$line" = 3 ] && level=V3_0
  {
    echo 'Profiles:'
    echo '  Bench:'
    echo "    Capabilities: {$level: true}"
    policies '    '
    echo '    Orderer:'
    echo '      OrdererType: etcdraft'
    echo "      BatchTimeout: $batch"
    echo '      BatchSize: {MaxMessageCount: 500, AbsoluteMaxBytes: 10 MB, PreferredMaxBytes: 2 MB}'
    echo '      Capabilities: {V2_0: true}'
    policies '      '
    echo '        BlockValidation: {Type: ImplicitMeta, Rule: "ANY Writers"}'
    echo '      EtcdRaft:'
    echo "        Options: {TickInterval: $tick, ElectionTick: 10, HeartbeatTick: 1, MaxInflightBlocks: 5, SnapshotIntervalSize: 16 MB}"
    echo '        Consenters:'
    for name in "${orderers[@]}"; do
      local certificate
      certificate=$(orderer_home "$name")/tls/server.crt
      echo "          - {Host: 127.0.0.1, Port: ${port[orderer$name-service]}, ClientTLSCert: $certificate, ServerTLSCert: $certificate}"
    done
    echo '      Organizations:'
    organization Orderer "$crypto/ordererOrganizations/orderer.test/msp"
    echo '          OrdererEndpoints:'
    for name in "${orderers[@]}"; do echo "            - 127.0.0.1:${port[orderer$name-service]}"; done
    echo '    Application:'
    echo '      Capabilities: {V2_5: true}'
    policies '      '
    echo '        LifecycleEndorsement: {Type: ImplicitMeta, Rule: "MAJORITY Endorsement"}'
    echo '        Endorsement: {Type: ImplicitMeta, Rule: "MAJORITY Endorsement"}'
    echo '      Organizations:'
    for org in 1 2; do
      organization "Org$org" "$(org_home "$org")/msp"
      echo "          AnchorPeers: [{Host: 127.0.0.1, Port: ${port[peer$org/0-service]}}]"
    done
  } >"$root/configtx.yaml"
}

# policies INDENT
policies() {
  local who
  echo "$1Policies:"
  for who in Readers Writers; do echo "$1  $who: {Type: ImplicitMeta, Rule: \"ANY $who\"}"; done
  echo "$1  Admins: {Type: ImplicitMeta, Rule: \"MAJORITY Admins\"}"
}

# organization NAME MSP-FOLDER
organization() {
  echo "        - Name: $1"
  echo "          ID: ${1}MSP"
  echo "          MSPDir: $2"
  echo '          Policies:'
  echo "            Readers: {Type: Signature, Rule: \"OR('${1}MSP.member')\"}"
  echo "            Writers: {Type: Signature, Rule: \"OR('${1}MSP.member')\"}"
  echo "            Admins: {Type: Signature, Rule: \"OR('${1}MSP.admin')\"}"
  echo "            Endorsement: {Type: Signature, Rule: \"OR('${1}MSP.peer')\"}"
}

make_genesis() {
  FABRIC_CFG_PATH=$root "$bin/configtxgen" -profile Bench -channelID "$channel" -configPath "$root" \
    -outputBlock "$root/genesis.block" >"$root/configtxgen.log" 2>&1
}

# ---- nodes -----------------------------------------------------------------------------------------------------------

start_orderer() {
  local home data=$root/orderer$1
  home=$(orderer_home "$1")
  mkdir -p "$data"
  env FABRIC_CFG_PATH="$config" ORDERER_GENERAL_BOOTSTRAPMETHOD=none ORDERER_CHANNELPARTICIPATION_ENABLED=true \
    ORDERER_GENERAL_LISTENADDRESS=127.0.0.1 ORDERER_GENERAL_LISTENPORT="${port[orderer$1-service]}" \
    ORDERER_GENERAL_LOCALMSPID=OrdererMSP ORDERER_GENERAL_LOCALMSPDIR="$home/msp" \
    ORDERER_GENERAL_TLS_ENABLED=true ORDERER_GENERAL_TLS_PRIVATEKEY="$home/tls/server.key" \
    ORDERER_GENERAL_TLS_CERTIFICATE="$home/tls/server.crt" ORDERER_GENERAL_TLS_ROOTCAS="[$home/tls/ca.crt]" \
    ORDERER_GENERAL_CLUSTER_CLIENTCERTIFICATE="$home/tls/server.crt" \
    ORDERER_GENERAL_CLUSTER_CLIENTPRIVATEKEY="$home/tls/server.key" \
    ORDERER_GENERAL_CLUSTER_ROOTCAS="[$home/tls/ca.crt]" \
    ORDERER_ADMIN_LISTENADDRESS="127.0.0.1:${port[orderer$1-admin]}" ORDERER_ADMIN_TLS_ENABLED=true \
    ORDERER_ADMIN_TLS_CERTIFICATE="$home/tls/server.crt" ORDERER_ADMIN_TLS_PRIVATEKEY="$home/tls/server.key" \
    ORDERER_ADMIN_TLS_ROOTCAS="[$home/tls/ca.crt]" ORDERER_ADMIN_TLS_CLIENTROOTCAS="[$home/tls/ca.crt]" \
    ORDERER_OPERATIONS_LISTENADDRESS="127.0.0.1:${port[orderer$1-operations]}" \
    ORDERER_FILELEDGER_LOCATION="$data/ledger" ORDERER_CONSENSUS_WALDIR="$data/wal" \
    ORDERER_CONSENSUS_SNAPDIR="$data/snap" FABRIC_LOGGING_SPEC=info \
    "$bin/orderer" >"$root/orderer$1.log" 2>&1 &
}

start_peer() {
  local home org=${1%/*} data=$root/peer${1/\//-}
  home=$(peer_home "$1")
  mkdir -p "$data"
  env FABRIC_CFG_PATH="$config" CORE_PEER_ID="peer${1#*/}.org$org.test" CORE_PEER_NETWORKID=bench \
    CORE_PEER_LISTENADDRESS="127.0.0.1:${port[peer$1-service]}" CORE_PEER_ADDRESS="127.0.0.1:${port[peer$1-service]}" \
    CORE_PEER_CHAINCODELISTENADDRESS="127.0.0.1:${port[peer$1-chaincode]}" \
    CORE_PEER_GOSSIP_BOOTSTRAP="127.0.0.1:${port[peer$org/0-service]}" \
    CORE_PEER_GOSSIP_EXTERNALENDPOINT="127.0.0.1:${port[peer$1-service]}" \
    CORE_PEER_LOCALMSPID="Org${org}MSP" CORE_PEER_MSPCONFIGPATH="$home/msp" CORE_PEER_FILESYSTEMPATH="$data" \
    CORE_PEER_TLS_ENABLED=true CORE_PEER_TLS_CERT_FILE="$home/tls/server.crt" \
    CORE_PEER_TLS_KEY_FILE="$home/tls/server.key" CORE_PEER_TLS_ROOTCERT_FILE="$home/tls/ca.crt" \
    CORE_OPERATIONS_LISTENADDRESS="127.0.0.1:${port[peer$1-operations]}" CORE_LEDGER_SNAPSHOTS_ROOTDIR="$data/snapshots" \
    CORE_CHAINCODE_EXTERNALBUILDERS="[{name: bench, path: $here/builder}]" FABRIC_LOGGING_SPEC=info \
    "$bin/peer" node start >"$root/peer${1/\//-}.log" 2>&1 &
}

# start_contract ORG
start_contract() {
  env CHAINCODE_SERVER_ADDRESS="127.0.0.1:${port[contract$1]}" CHAINCODE_ID="$(cat "$root/package$1.id")" \
    NODE_ENV=production CORE_CHAINCODE_LOGGING_LEVEL=info CORE_CHAINCODE_LOGGING_SHIM=warning \
    "$node" "$contract" >"$root/contract$1.log" 2>&1 &
}

# ---- commands --------------------------------------------------------------------------------------------------------

join_orderer() {
  local home
  home=$(orderer_home "$1")
  await_port "${port[orderer$1-admin]}"
  # osnadmin answers 0 whatever became of it.
  "$bin/osnadmin" channel join --channelID "$channel" --config-block "$root/genesis.block" \
    -o "127.0.0.1:${port[orderer$1-admin]}" --ca-file "$home/tls/ca.crt" --client-cert "$home/tls/server.crt" \
    --client-key "$home/tls/server.key" | tee "$root/osnadmin$1.log" | grep -q 'Status: 201'
}

# as_admin ORG/PEER COMMAND…: the peer command in the name of the organization's administrator, at that peer.
as_admin() {
  local at=$1 org=${1%/*}
  shift
  FABRIC_CFG_PATH=$config CORE_PEER_TLS_ENABLED=true CORE_PEER_LOCALMSPID="Org${org}MSP" \
    CORE_PEER_TLS_ROOTCERT_FILE="$(peer_home "$at")/tls/ca.crt" \
    CORE_PEER_MSPCONFIGPATH="$(org_home "$org")/users/Admin@org$org.test/msp" \
    CORE_PEER_ADDRESS="127.0.0.1:${port[peer$at-service]}" "$bin/peer" "$@"
}

join_peer() { await_port "${port[peer$1-service]}" && as_admin "$1" channel join -b "$root/genesis.block"; }

# make_package ORG: the package and its id.
make_package() {
  local work=$root/package$1
  mkdir -p "$work/code"
  echo "{\"address\":\"127.0.0.1:${port[contract$1]}\",\"dial_timeout\":\"10s\",\"tls_required\":false}" >"$work/code/connection.json"
  echo "{\"type\":\"ccaas\",\"label\":\"${chaincode}_1.0\"}" >"$work/metadata.json"
  tar -C "$work/code" -czf "$work/code.tar.gz" connection.json
  tar -C "$work" -czf "$root/package$1.tar.gz" metadata.json code.tar.gz
  as_admin "$1/0" lifecycle chaincode calculatepackageid "$root/package$1.tar.gz" >"$root/package$1.id"
}

install_package() { await_port "${port[peer$1/0-service]}" && as_admin "$1/0" lifecycle chaincode install "$root/package$1.tar.gz"; }

ordering=()
at_orderer() {
  ordering=(-o "127.0.0.1:${port[orderer0-service]}" --tls --cafile "$(orderer_home 0)/tls/ca.crt")
  both=(--peerAddresses "127.0.0.1:${port[peer1/0-service]}" --tlsRootCertFiles "$(peer_home 1/0)/tls/ca.crt"
    --peerAddresses "127.0.0.1:${port[peer2/0-service]}" --tlsRootCertFiles "$(peer_home 2/0)/tls/ca.crt")
}

approve() {
  as_admin "$1/0" lifecycle chaincode approveformyorg "${ordering[@]}" --channelID "$channel" --name "$chaincode" \
    --version 1.0 --sequence 1 --package-id "$(cat "$root/package$1.id")" --waitForEvent
}

commit() {
  as_admin 1/0 lifecycle chaincode commit "${ordering[@]}" "${both[@]}" --channelID "$channel" --name "$chaincode" \
    --version 1.0 --sequence 1 --waitForEvent
}

invoke() {
  as_admin 1/0 chaincode invoke "${ordering[@]}" "${both[@]}" -C "$channel" -n "$chaincode" --waitForEvent \
    -c '{"function":"create","Args":["asset-1","a kite","12","Grace"]}'
}

query() {
  as_admin 1/0 chaincode query -C "$channel" -n "$chaincode" -c '{"function":"read","Args":["asset-1"]}' | grep -q 'a kite'
}
