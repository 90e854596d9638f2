import type { ConnectionFacts, EndpointView } from './facts.ts'

/** Variables for Fabric's own programs, and the files that they name below `{dir}`. */
export interface FabricTools {
  readonly env: Record<string, string>
  readonly files: Record<string, string>
}

/**
 * For `peer` and `osnadmin`. `{dir}/msp` is the caller's own MSP folder and `{dir}/tls/client.{crt,key}` what an administrator is
 * known by in TLS: `cello identity create --own DIR` writes both. CORE_* are names of sampleconfig/core.yaml of Fabric 2.5 and 3.1;
 * what else there is has the names that fabric-samples use, where they have one: ORDERER_CA, PEER_CONN_PARMS, ORDERER_ADMIN_TLS_*.
 * Nodes are dialled by addresses that stand in their certificates, so no name is overridden: that would hold for all peers at once.
 */
export function fabricTools(facts: ConnectionFacts, peer: EndpointView | undefined): FabricTools {
  const files: Record<string, string> = {}
  const rootOf = ({ organization, tlsRoot }: EndpointView) => {
    const path = `tls/${organization}-ca.pem`
    files[path] = tlsRoot
    return `{dir}/${path}`
  }
  const env = {
    CORE_PEER_TLS_ENABLED: 'true',
    CORE_PEER_LOCALMSPID: facts.mspId,
    CORE_PEER_MSPCONFIGPATH: '{dir}/msp',
    ...(peer && { CORE_PEER_ADDRESS: peer.address, CORE_PEER_TLS_ROOTCERT_FILE: rootOf(peer) }),
    ...peerVariables(facts, peer, rootOf),
    ...ordererVariables(facts, rootOf),
  }
  return { env, files }
}

type RootOf = (endpoint: EndpointView) => string

/** Every peer by name, and one of each organization as flags: endorsements of all of them come together in one command. */
function peerVariables({ peers }: ConnectionFacts, chosen: EndpointView | undefined, rootOf: RootOf) {
  const entries = peers.flatMap((one) => [
    [`${variableName(one)}_ADDRESS`, one.address],
    [`${variableName(one)}_CA`, rootOf(one)],
  ])
  const organizations = new Set(peers.map(({ organization }) => organization))
  const firsts = [...organizations].flatMap((organization) => {
    const own = chosen?.organization === organization ? chosen : peers.find((one) => one.organization === organization)
    return own ? [`--peerAddresses ${own.address} --tlsRootCertFiles ${rootOf(own)}`] : []
  })
  return { ...Object.fromEntries(entries), ...(firsts.length > 0 && { PEER_CONN_PARMS: firsts.join(' ') }) }
}

/** Where transactions go; and, for an organization with orderers of its own, how they are administered. */
function ordererVariables({ orderers, organization }: ConnectionFacts, rootOf: RootOf): Record<string, string> {
  const [first] = orderers
  if (!first) return {}
  const all = orderers.map((one) => [`${variableName(one)}_ADDRESS`, one.address] as const)
  const own = orderers.filter((one) => one.organization === organization && one.adminAddress !== undefined)
  const admin = own.map((one) => [`${variableName(one)}_ADMIN_ADDRESS`, one.adminAddress ?? ''] as const)
  return {
    ORDERER_ADDRESS: first.address,
    ORDERER_CA: rootOf(first),
    ORDERER_HOSTNAME: first.serverName,
    ...Object.fromEntries([...all, ...admin]),
    ...osnadminVariables(own[0], rootOf),
  }
}

/** The flags of `osnadmin`, as one variable and one by one. */
function osnadminVariables(orderer: EndpointView | undefined, rootOf: RootOf): Record<string, string> {
  if (orderer?.adminAddress === undefined) return {}
  const ca = rootOf(orderer)
  const certificate = '{dir}/tls/client.crt'
  const key = '{dir}/tls/client.key'
  return {
    ORDERER_ADMIN_ADDRESS: orderer.adminAddress,
    ORDERER_ADMIN_CA: ca,
    ORDERER_ADMIN_TLS_SIGN_CERT: certificate,
    ORDERER_ADMIN_TLS_PRIVATE_KEY: key,
    OSNADMIN_PARMS: `--orderer-address ${orderer.adminAddress} --ca-file ${ca} --client-cert ${certificate} --client-key ${key}`,
  }
}

/** `ORG1_PEER0` of `Org1/peer0`: letters, digits and underscores alone. */
function variableName({ node }: EndpointView): string {
  return node.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
}
