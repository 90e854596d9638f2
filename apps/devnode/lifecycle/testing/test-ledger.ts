/** For tests only: calls of a system contract on a channel whose state is in memory. */
import { readFileSync } from 'node:fs'
import { peer } from '@hyperledger/fabric-protos'
import type { PeerChannel } from '../../committing/peer-channel.ts'
import { privateStateWrites } from '../../committing/private-writes.ts'
import type { ChannelConfig } from '../../config/channel-config.ts'
import type { Contract, Invocation } from '../../contracts/contract.ts'
import type { Membership } from '../../msp/membership.ts'
import { configOfBlock } from '../../ordering/channels.ts'
import { openSimulator } from '../../simulation/open-simulator.ts'
import { decodePrivateSets, decodeReadWriteSet, type NamespaceSet } from '../../simulation/rwset.ts'
import { hashedNamespace } from '../../state/collection-namespace.ts'
import { openWorldState } from '../../state/open-world-state.ts'
import type { StateWrite } from '../../state/world-state.ts'
import { implicitName } from '../../validation/application-policy.ts'

/** Config of a channel made by Fabric's own tool, with Org1MSP in it, and Org2MSP as well, with the same members. */
export function testConfig(): ChannelConfig {
  const file = new URL('../../../../test/vectors/config/raft.block', import.meta.url)
  const config = configOfBlock(new Uint8Array(readFileSync(file)))
  const first = config.organizations.get('Application/Org1MSP')
  if (!first) throw new Error('the vector has no Org1MSP')
  const second: Membership = { ...first, mspId: 'Org2MSP' }
  return {
    ...config,
    organizations: new Map([...config.organizations, ['Application/Org2MSP', second]]),
    memberships: new Map([...config.memberships, ['Org2MSP', second]]),
  }
}

export interface TestLedger extends Disposable {
  readonly channel: PeerChannel
  /** What a call answers, and reads and writes. @param commits its writes are in the state afterwards */
  call(contract: Contract, args: readonly (string | Uint8Array)[], commits?: boolean): Promise<TestAnswer>
}

export interface TestAnswer {
  readonly response: peer.Response
  readonly sets: readonly NamespaceSet[]
}

const nothing = new Uint8Array()

/** An invocation without a channel. */
export function testInvocation(name: string, args: readonly (string | Uint8Array)[]): Invocation {
  return {
    contract: name,
    txId: 'tx',
    args: args.map((arg) => Buffer.from(arg)),
    isInit: false,
    decorations: new Map(),
    signedProposal: proposalOf(name),
    proposal: new peer.Proposal(),
    creator: nothing,
    transient: new Map(),
    call: async () => new peer.Response(),
    signal: new AbortController().signal,
  }
}

function proposalOf(name: string): peer.SignedProposal {
  const id = new peer.ChaincodeID()
  id.setName(name)
  const spec = new peer.ChaincodeSpec()
  spec.setChaincodeId(id)
  const invocation = new peer.ChaincodeInvocationSpec()
  invocation.setChaincodeSpec(spec)
  const payload = new peer.ChaincodeProposalPayload()
  payload.setInput(invocation.serializeBinary())
  const proposal = new peer.Proposal()
  proposal.setPayload(payload.serializeBinary())
  const signed = new peer.SignedProposal()
  signed.setProposalBytes(proposal.serializeBinary())
  return signed
}

export function openTestLedger(config = testConfig()): TestLedger {
  const state = openWorldState(':memory:')
  const channel = { name: config.channel, config, state } as unknown as PeerChannel
  const collections = ['Org1MSP', 'Org2MSP'].map(implicitName)
  return {
    channel,
    async call(contract, args, commits = false) {
      using simulator = await openSimulator({
        state,
        txId: 'tx',
        richQueries: false,
        collections: (_, namespace) => (namespace === '_lifecycle' ? collections : undefined),
        onClose: () => undefined,
      })
      const { response } = await contract.invoke({ ...testInvocation('_lifecycle', args), channel, simulator })
      const { public: encoded, private: hidden = nothing } = simulator.results()
      const sets = decodeReadWriteSet(encoded)
      if (commits && response.getStatus() === 200) {
        const writes = [...publicWrites(sets), ...hiddenWrites(hidden)]
        state.apply({ number: state.height, hash: Uint8Array.of(state.height), transactions: [], writes })
      }
      return { response, sets }
    },
    [Symbol.dispose]: () => state[Symbol.dispose](),
  }
}

function publicWrites(sets: readonly NamespaceSet[]): StateWrite[] {
  return sets.flatMap(({ namespace, writes, collections }) => [
    ...writes.map(({ key, value }) => ({ namespace, key, transaction: 0, value })),
    ...collections.flatMap(({ collection, hashedWrites }) =>
      hashedWrites.map(({ keyHash, valueHash }) => ({
        namespace: hashedNamespace(namespace, collection),
        key: Buffer.from(keyHash).toString('hex'),
        transaction: 0,
        value: valueHash,
      })),
    ),
  ])
}

function hiddenWrites(encoded: Uint8Array): StateWrite[] {
  return privateStateWrites(decodePrivateSets(encoded).map((set) => ({ transaction: 0, ...set })))
}
