import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import type { NetworkPlan, PlannedOrderer, PlannedPeer } from './plan.ts'

type Settings = readonly (readonly [path: string, value: unknown])[]

/** Writes a shipped configuration file with some values replaced. */
function writeConfig(shipped: string, target: string, settings: Settings): void {
  const document = parseDocument(readFileSync(shipped, 'utf8'))
  for (const [path, value] of settings) document.setIn(path.split('.'), document.createNode(value))
  writeFileSync(target, document.toString())
}

const tls = (crypto: string) => ({
  key: join(crypto, 'tls/server.key'),
  certificate: join(crypto, 'tls/server.crt'),
  root: join(crypto, 'tls/ca.crt'),
})

/** TLS authorities of all organizations: whose certificates a node takes from clients under mutual TLS. */
function clientRoots(plan: NetworkPlan): readonly string[] {
  return [plan.ordererOrg, ...plan.orgs].map(({ crypto, domain }) => join(crypto, `tlsca/tlsca.${domain}-cert.pem`))
}

/** Writes orderer.yaml into the orderer's folder. */
export function configureOrderer(plan: NetworkPlan, orderer: PlannedOrderer, shippedConfig: string): void {
  mkdirSync(orderer.folder, { recursive: true })
  const { key, certificate, root } = tls(orderer.crypto)
  writeConfig(join(shippedConfig, 'orderer.yaml'), join(orderer.folder, 'orderer.yaml'), [
    ['General.ListenAddress', orderer.host],
    ['General.ListenPort', orderer.port],
    [
      'General.TLS',
      {
        Enabled: true,
        PrivateKey: key,
        Certificate: certificate,
        RootCAs: [root],
        ClientAuthRequired: plan.mutualTls ?? false,
        ClientRootCAs: clientRoots(plan),
      },
    ],
    ['General.Cluster', { SendBufferSize: 100, ClientCertificate: certificate, ClientPrivateKey: key }],
    ['General.BootstrapMethod', 'none'],
    ['General.LocalMSPDir', join(orderer.crypto, 'msp')],
    ['General.LocalMSPID', plan.ordererOrg.mspId],
    ['FileLedger.Location', join(orderer.folder, 'ledger')],
    ['Consensus', { WALDir: join(orderer.folder, 'wal'), SnapDir: join(orderer.folder, 'snap') }],
    ['Operations.ListenAddress', `${orderer.host}:${orderer.operationsPort}`],
    ['Metrics.Provider', 'prometheus'],
    ['Admin.ListenAddress', `${orderer.host}:${orderer.adminPort}`],
    [
      'Admin.TLS',
      {
        Enabled: true,
        Certificate: certificate,
        PrivateKey: key,
        RootCAs: [root],
        ClientAuthRequired: true,
        ClientRootCAs: [root],
      },
    ],
    ['ChannelParticipation.Enabled', true],
  ])
}

/** Writes core.yaml and the builder into the peer's folder. */
export function configurePeer(plan: NetworkPlan, peer: PlannedPeer, shippedConfig: string): void {
  mkdirSync(peer.folder, { recursive: true })
  const { key, certificate, root } = tls(peer.crypto)
  const address = `${peer.host}:${peer.port}`
  const sibling = plan.nodes.peers.find((other) => other.org === peer.org)
  writeConfig(join(shippedConfig, 'core.yaml'), join(peer.folder, 'core.yaml'), [
    ['peer.id', peer.name],
    ['peer.listenAddress', address],
    ['peer.address', address],
    ['peer.chaincodeListenAddress', `${peer.host}:${peer.contractPort}`],
    ['peer.chaincodeAddress', `${peer.host}:${peer.contractPort}`],
    ['peer.localMspId', peer.org.mspId],
    ['peer.mspConfigPath', join(peer.crypto, 'msp')],
    ['peer.fileSystemPath', join(peer.folder, 'data')],
    ['peer.tls.enabled', true],
    ['peer.tls.clientAuthRequired', plan.mutualTls ?? false],
    ['peer.tls.clientRootCAs.files', clientRoots(plan)],
    ['peer.tls.clientCert.file', certificate],
    ['peer.tls.clientKey.file', key],
    ['peer.tls.cert.file', certificate],
    ['peer.tls.key.file', key],
    ['peer.tls.rootcert.file', root],
    ['peer.gossip.bootstrap', sibling ? `${sibling.host}:${sibling.port}` : address],
    ['peer.gossip.externalEndpoint', address],
    ['peer.gossip.useLeaderElection', false],
    ['peer.gossip.orgLeader', true],
    ['peer.gossip.reconnectInterval', '1s'],
    ['peer.gossip.publishStateInfoInterval', '300ms'],
    ['peer.gossip.requestStateInfoInterval', '300ms'],
    ['vm.endpoint', ''],
    [
      'chaincode.externalBuilders',
      [{ name: 'ccaas_builder', path: writeBuilder(peer.folder), propagateEnvironment: [] }],
    ],
    ['ledger.snapshots.rootDir', join(peer.folder, 'snapshots')],
    ['operations.listenAddress', `${peer.host}:${peer.operationsPort}`],
    ['metrics.provider', 'prometheus'],
  ])
}

/** The three programs of an external builder for contracts that run as a service. @returns their folder */
export function writeBuilder(folder: string): string {
  const bin = join(folder, 'builder/bin')
  mkdirSync(bin, { recursive: true })
  const programs = {
    detect: 'grep -q \'"type":"ccaas"\' "$2/metadata.json"',
    build: 'cp "$1/connection.json" "$3/" && if [ -d "$1/META-INF" ]; then cp -R "$1/META-INF" "$3/"; fi',
    release:
      'mkdir -p "$2/chaincode/server" && cp "$1/connection.json" "$2/chaincode/server/" && if [ -d "$1/META-INF/statedb" ]; then cp -R "$1/META-INF/statedb" "$2/"; fi',
  }
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\nset -eu\n${body}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  return join(folder, 'builder')
}
