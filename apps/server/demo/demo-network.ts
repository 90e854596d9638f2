import { NetworkSpec } from '@cello/model'
import type { Package } from './report.ts'

/**
 * What `npm start` shows: 3 Raft orderers (one of devnodes, which order alone), 2 organizations with one peer each, one
 * channel, the asset contract.
 */
export function demoNetwork(contract: Pick<Package, 'digest' | 'version'>, runtime: 'fabric' | 'devnode'): NetworkSpec {
  const orderers = runtime === 'fabric' ? ['orderer0', 'orderer1', 'orderer2'] : ['orderer0']
  return NetworkSpec.parse({
    name: 'demo',
    runtime: { kind: runtime },
    organizations: [
      { name: 'Orderer', orderers: orderers.map((name) => ({ name })) },
      { name: 'Org1', peers: [{ name: 'peer0' }] },
      { name: 'Org2', peers: [{ name: 'peer0' }] },
    ],
    channels: [{ name: 'main', contracts: [{ name: 'assets', version: contract.version, package: contract.digest }] }],
  })
}
