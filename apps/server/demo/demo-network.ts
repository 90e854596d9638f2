import { NetworkSpec } from '@cello/model'

/** What `npm start` shows: 3 Raft orderers, 2 organizations with one peer each, one channel, the asset contract. */
export function demoNetwork(contractDigest: string, contractVersion: string): NetworkSpec {
  return NetworkSpec.parse({
    name: 'demo',
    organizations: [
      { name: 'Orderer', orderers: [{ name: 'orderer0' }, { name: 'orderer1' }, { name: 'orderer2' }] },
      { name: 'Org1', peers: [{ name: 'peer0' }] },
      { name: 'Org2', peers: [{ name: 'peer0' }] },
    ],
    channels: [{ name: 'main', contracts: [{ name: 'assets', version: contractVersion, package: contractDigest }] }],
  })
}
