import type { ConnectionFacts } from './facts.ts'

/**
 * Variables for Fabric's own `peer` program and the files that they name, below `{dir}`. `{dir}/msp` is the caller's own MSP
 * folder: `cello identity create --own DIR` writes one. Names of variables: sampleconfig/core.yaml of Fabric 2.5 and 3.1,
 * ORDERER_* by the `--orderer`, `--cafile` and `--ordererTLSHostnameOverride` flags that scripts pass on.
 */
export function peerCommand(facts: ConnectionFacts): { env: Record<string, string>; files: Record<string, string> } {
  const peer = facts.peers.find(({ organization }) => organization === facts.organization)
  const [orderer] = facts.orderers
  const files: Record<string, string> = {}
  const env: Record<string, string> = {
    CORE_PEER_TLS_ENABLED: 'true',
    CORE_PEER_LOCALMSPID: facts.mspId,
    CORE_PEER_MSPCONFIGPATH: '{dir}/msp',
  }
  if (peer) {
    files['tls/peer-ca.pem'] = peer.tlsRoot
    env['CORE_PEER_ADDRESS'] = peer.address
    env['CORE_PEER_TLS_ROOTCERT_FILE'] = '{dir}/tls/peer-ca.pem'
    env['CORE_PEER_TLS_SERVERHOSTOVERRIDE'] = peer.serverName
  }
  if (orderer) {
    files['tls/orderer-ca.pem'] = orderer.tlsRoot
    env['ORDERER_ADDRESS'] = orderer.address
    env['ORDERER_CA'] = '{dir}/tls/orderer-ca.pem'
    env['ORDERER_HOSTNAME'] = orderer.serverName
  }
  return { env, files }
}
