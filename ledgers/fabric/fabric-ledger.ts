import { genesisBlock } from '@cello/fabric/config'
import type { Ledger } from '@cello/ports'
import { channelDefinition } from './channel-definition.ts'
import { describeNode } from './describe-node.ts'
import { translated } from './errors.ts'
import { makeNodeIdentities, makeOrganization, makeUser, readCertificate } from './identities.ts'
import { packageContract } from './package-contract.ts'
import { normalizePolicy } from './policies.ts'
import { devnodePrograms, fabricPrograms, type Starter } from './programs.ts'
import { openSession } from './session/session.ts'

/** Hyperledger Fabric behind the ledger port: 2.5 and 3.x, by `@cello/fabric` alone. */
export const createFabricLedger = (): Ledger => ledgerOf(fabricPrograms)

/** The devnode behind it: configured and administered as Fabric is, since it speaks Fabric's protocols; only started otherwise. */
export const createDevnodeLedger = (): Ledger => ledgerOf(devnodePrograms)

function ledgerOf(starter: Starter): Ledger {
  return {
    kind: starter.runtime,
    makeOrganization,
    makeNodeIdentities,
    makeUser,
    readCertificate,
    normalizePolicy,
    makeGenesis: (channel, network) =>
      translated(async () => genesisBlock(channelDefinition(channel, network)).serializeBinary()),
    describeNode: (request) => describeNode(request, starter),
    packageContract,
    programsFor: starter.programsFor,
    open: openSession,
  }
}
