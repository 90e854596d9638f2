import type { ConnectionFacts, EndpointView } from './facts.ts'

/** Fabric's common connection profile, version 1.0.0, as fabric-samples write it and the older SDKs read it. */
export function connectionProfile(facts: ConnectionFacts): Record<string, unknown> {
  const own = facts.peers.filter(({ organization }) => organization === facts.organization)
  return {
    name: `${facts.network}-${facts.organization}`,
    version: '1.0.0',
    client: {
      organization: facts.organization,
      connection: { timeout: { peer: { endorser: '300' }, orderer: '300' } },
    },
    channels: Object.fromEntries(
      facts.channels.map((channel) => [
        channel,
        {
          orderers: facts.orderers.map(({ serverName }) => serverName),
          peers: Object.fromEntries(own.map(({ serverName }) => [serverName, {}])),
        },
      ]),
    ),
    organizations: {
      [facts.organization]: { mspid: facts.mspId, peers: own.map(({ serverName }) => serverName) },
    },
    peers: Object.fromEntries(facts.peers.map((peer) => [peer.serverName, profileNode(peer)])),
    orderers: Object.fromEntries(facts.orderers.map((orderer) => [orderer.serverName, profileNode(orderer)])),
  }
}

function profileNode({ address, serverName, tlsRoot }: EndpointView): Record<string, unknown> {
  return {
    url: `grpcs://${address}`,
    tlsCACerts: { pem: tlsRoot },
    grpcOptions: { 'ssl-target-name-override': serverName, hostnameOverride: serverName },
  }
}
