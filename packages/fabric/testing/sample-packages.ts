/** For tests only: packages whose ids were recorded from the peer program. */
import type { ContractPackageInput } from '../lifecycle/index.ts'

export const samplePackages: readonly ContractPackageInput[] = [
  { label: 'assets_1.0', service: { address: '127.0.0.1:9999' } },
  {
    label: 'assets_2.0',
    service: { address: 'contract.example.com:7052', dialTimeoutSeconds: 3, tlsRoot: 'PEM\n', clientAuth: true },
    metadata: { 'META-INF/statedb/couchdb/indexes/owner.json': Buffer.from('{"index":{"fields":["owner"]}}') },
  },
]
