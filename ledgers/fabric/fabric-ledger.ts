import { genesisBlock } from '@cello/fabric/config'
import type { Ledger } from '@cello/ports'
import { channelDefinition } from './channel-definition.ts'
import { describeNode } from './describe-node.ts'
import { translated } from './errors.ts'
import { makeNodeIdentities, makeOrganization, makeUser, readCertificate } from './identities.ts'
import { packageContract } from './package-contract.ts'
import { normalizePolicy } from './policies.ts'
import { openSession } from './session/session.ts'

/** Hyperledger Fabric behind the ledger port: 2.5 and 3.x, by `@cello/fabric` alone. */
export function createFabricLedger(): Ledger {
  return {
    kind: 'fabric',
    makeOrganization,
    makeNodeIdentities,
    makeUser,
    readCertificate,
    normalizePolicy,
    makeGenesis: (channel, network) =>
      translated(async () => genesisBlock(channelDefinition(channel, network)).serializeBinary()),
    describeNode,
    packageContract,
    programsFor: (kind) => (kind === 'contract' ? ['node'] : [kind]),
    open: openSession,
  }
}
