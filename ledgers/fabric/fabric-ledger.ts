import { genesisBlock } from '@cello/fabric/config'
import { PlatformError } from '@cello/model'
import type { Ledger } from '@cello/ports'
import { channelDefinition } from './channel-definition.ts'
import { describeNode } from './describe-node.ts'
import { translated } from './errors.ts'
import { certifyTlsClient, makeNodeIdentities, makeOrganization, makeUser, readCertificate } from './identities.ts'
import { packageContract } from './package-contract.ts'
import { normalizePolicy } from './policies.ts'
import { devnodePrograms, fabricPrograms, type Starter } from './programs.ts'
import { openSession } from './session/session.ts'

/** Hyperledger Fabric behind the ledger port: 2.5 and 3.x, by `@cello/fabric` alone. */
export function createFabricLedger(): Ledger {
  const ledger = ledgerOf(fabricPrograms)
  return {
    ...ledger,
    open: (network, access) => ({
      ...ledger.open(network, access),
      async trace() {
        throw new PlatformError('UNSUPPORTED', {
          feature: `a trace of a transaction on network ${network.name}`,
          reason: 'Fabric keeps none; a network of devnodes does',
        })
      },
    }),
  }
}

/**
 * The devnode behind it: configured and administered as Fabric is, since it speaks Fabric's protocols; only started
 * otherwise. It orders alone: `makeGenesis` throws UNSUPPORTED for bft, and for more consenters than one.
 */
export function createDevnodeLedger(): Ledger {
  const ledger = ledgerOf(devnodePrograms)
  return {
    ...ledger,
    async makeGenesis(channel, network) {
      if (channel.consensus.type === 'bft' || channel.consenters.length > 1) {
        throw new PlatformError('UNSUPPORTED', {
          feature: `${channel.consensus.type} of ${channel.consenters.length} orderers on channel ${channel.name}`,
          reason: 'a devnode orders alone',
        })
      }
      return ledger.makeGenesis(channel, network)
    },
  }
}

function ledgerOf(starter: Starter): Ledger {
  return {
    kind: starter.runtime,
    makeOrganization,
    makeNodeIdentities,
    makeUser,
    certifyTlsClient,
    readCertificate,
    normalizePolicy,
    makeGenesis: (channel, network) =>
      translated(async () => genesisBlock(channelDefinition(channel, network)).serializeBinary()),
    describeNode: (request) => describeNode(request, starter),
    packageContract,
    programsFor: (kind) => starter.programsFor(kind),
    open: openSession,
  }
}
