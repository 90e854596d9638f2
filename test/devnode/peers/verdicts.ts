/** What peers say of transactions: conflicts, doubles, endorsements that do not suffice. */
import { ledger, type peer } from '@hyperledger/fabric-protos'
import type { Scenario, Seen } from '../agreement/scenario.ts'
import type { Step } from './proposals.ts'
import { stranger } from './signers.ts'
import { bentResponse, endorsementBy, envelopeOf, partsOf, type TransactionParts } from './transactions.ts'
import type { Endorsed, World } from './world.ts'

const { kvrwset, TxReadWriteSet } = ledger.rwset

const endorsed = (world: World, ...steps: readonly Step[]): Promise<Endorsed> =>
  world.endorse({ contract: 'kv', steps })

/** Each list of steps is endorsed on the same state; then all are ordered, in one block or one by one. */
const together =
  (first: readonly Step[], ...calls: readonly (readonly Step[])[]) =>
  async (world: World): Promise<Seen> => {
    await world.transact({ contract: 'kv', steps: first })
    const all = []
    for (const steps of calls) all.push(await endorsed(world, ...steps))
    return world.verdicts(...all.map(({ envelope }) => envelope))
  }

const apart =
  (first: readonly Step[], ...calls: readonly (readonly Step[])[]) =>
  async (world: World): Promise<Seen> => {
    await world.transact({ contract: 'kv', steps: first })
    const all = []
    for (const steps of calls) all.push(await endorsed(world, ...steps))
    const codes: unknown[] = []
    for (const { envelope } of all) codes.push((await world.verdicts(envelope)).codes)
    return { codes }
  }

/** A good transaction of both peers with something changed. */
const changed =
  (change: (parts: TransactionParts, world: World) => TransactionParts | Promise<TransactionParts>) =>
  async (world: World): Promise<Seen> => {
    const { made, answers } = await endorsed(world, ['put', 'changed', '1'])
    return world.verdicts(await envelopeOf(await change(partsOf(made, answers), world)))
  }

/** The writes replaced, under the endorsements of what was there before. */
const forged = (bend: (set: ledger.rwset.TxReadWriteSet) => void) =>
  changed((parts) => ({
    ...parts,
    responsePayload: bentResponse(parts.responsePayload, (action) => rewritten(action, bend)),
  }))

/** The writes replaced, and endorsed anew by two of the organizations' peers. */
const agreed = (bend: (set: ledger.rwset.TxReadWriteSet) => void) =>
  changed(async (parts, world) => {
    const responsePayload = bentResponse(parts.responsePayload, (action) => rewritten(action, bend))
    const signers = [world.organization(1).peer, world.organization(2).peer]
    return {
      ...parts,
      responsePayload,
      endorsements: await Promise.all(signers.map((signer) => endorsementBy(signer, responsePayload))),
    }
  })

function rewritten(action: peer.ChaincodeAction, bend: (set: ledger.rwset.TxReadWriteSet) => void): void {
  const set = TxReadWriteSet.deserializeBinary(action.getResults_asU8())
  bend(set)
  action.setResults(set.serializeBinary())
}

function writeTo(namespace: string, key: string) {
  return (set: ledger.rwset.TxReadWriteSet): void => {
    const write = new kvrwset.KVWrite()
    write.setKey(key)
    write.setValue(Buffer.from('forged'))
    const inner = new kvrwset.KVRWSet()
    inner.setWritesList([write])
    const access = new ledger.rwset.NsReadWriteSet()
    access.setNamespace(namespace)
    access.setRwset(inner.serializeBinary())
    set.addNsRwset(access)
  }
}

const withEndorsements = (
  of: (parts: TransactionParts, world: World) => Promise<readonly peer.Endorsement[]> | readonly peer.Endorsement[],
) => changed(async (parts, world) => ({ ...parts, endorsements: await of(parts, world) }))

const add: readonly Step[] = [
  ['get', 'count'],
  ['put', 'count', '1'],
]
const range: readonly Step[] = [
  ['range', 'p', 'pz'],
  ['put', 'sum', '1'],
]
const long: readonly Step[] = [
  ['range', 'l', 'lz'],
  ['put', 'sum', '2'],
]
const some: readonly Step[] = [
  ['some', 'p', 'pz', '1'],
  ['put', 'sum', '3'],
]
const two: readonly Step[] = [
  ['put', 'p1', '1'],
  ['put', 'p3', '3'],
]

export const verdictScenarios: readonly Scenario<World>[] = [
  ['a good transaction', (world) => world.transact({ contract: 'kv', steps: [['put', 'x', '1']] })],
  ['a transaction that only reads', (world) => world.transact({ contract: 'kv', steps: [['get', 'x']] })],
  ['two blind writes of a key in one block', together([], [['put', 'b', '1']], [['put', 'b', '2']])],
  ['two that read and write a key, in one block', together([], add, add)],
  ['two that read and write a key, in two blocks', apart([], add, add)],
  [
    'a read of what was deleted meanwhile',
    apart(
      [['put', 'd', '1']],
      [['del', 'd']],
      [
        ['get', 'd'],
        ['put', 'e', '1'],
      ],
    ),
  ],
  [
    'a read of what was not there and came',
    apart(
      [['del', 'n']],
      [['put', 'n', '1']],
      [
        ['get', 'n'],
        ['put', 'e', '1'],
      ],
    ),
  ],
  [
    'the loser’s writes are not there',
    async (world) => {
      await together(
        [['put', 'won', '0']],
        [
          ['get', 'won'],
          ['put', 'won', '1'],
        ],
        [
          ['get', 'won'],
          ['put', 'won', '2'],
          ['put', 'lost', '1'],
        ],
      )(world)
      return world.query({
        contract: 'kv',
        steps: [
          ['get', 'won'],
          ['get', 'lost'],
        ],
      })
    },
  ],
  ['a key that came into a range, in one block', together(two, [['put', 'p2', '2']], range)],
  ['a key that came into a range, in two blocks', apart([['del', 'p2']], [['put', 'p2', '2']], range)],
  ['a key that went out of a range', apart(two, [['del', 'p1']], range)],
  ['a key that changed in a range', apart(two, [['put', 'p1', 'new']], range)],
  ['a key that came behind what was read of a range', apart([['del', 'p2'], ...two], [['put', 'p2', '2']], some)],
  ['a key outside of a range', together(two, [['put', 'q', '2']], range)],
  ['a key that came into a long range', apart([['many', 'l', '120']], [['put', 'l0505', 'x']], long)],
  ['a long range that stayed', apart([['many', 'l', '120']], [['put', 'm', 'x']], long)],
  [
    'the same transaction twice in one block',
    async (world) => {
      const { envelope } = await endorsed(world, ['put', 'once', '1'])
      return world.verdicts(envelope, envelope)
    },
  ],
  [
    'the same transaction again',
    async (world) => {
      const { envelope } = await endorsed(world, ['put', 'once', '1'])
      const first = await world.verdicts(envelope)
      return { first: first.codes, second: (await world.verdicts(envelope)).codes }
    },
  ],
  [
    'an invalid transaction again',
    async (world) => {
      const { envelope } = await world.endorse({ contract: 'kv', steps: [['put', 'once', '1']] }, [1])
      const first = await world.verdicts(envelope)
      return { first: first.codes, second: (await world.verdicts(envelope)).codes }
    },
  ],
  [
    'too few endorsements',
    async (world) => {
      const { envelope } = await world.endorse({ contract: 'kv', steps: [['put', 'few', '1']] }, [1])
      return world.verdicts(envelope)
    },
  ],
  ['no endorsements', withEndorsements(() => [])],
  ['one endorsement twice', withEndorsements(({ endorsements: [first] }) => (first ? [first, first] : []))],
  [
    'endorsements by clients',
    withEndorsements((parts, world) =>
      Promise.all(
        [1, 2].map((number) => endorsementBy(world.organization(number === 1 ? 1 : 2).user, parts.responsePayload)),
      ),
    ),
  ],
  [
    'endorsements by other peers of the organizations',
    withEndorsements((parts, world) =>
      Promise.all(
        [1, 2].map((number) => endorsementBy(world.organization(number === 1 ? 1 : 2).peer, parts.responsePayload)),
      ),
    ),
  ],
  [
    'an endorsement by a stranger',
    withEndorsements(async (parts) => [
      ...parts.endorsements.slice(0, 1),
      await endorsementBy(stranger('Org2MSP', 'peer'), parts.responsePayload),
    ]),
  ],
  [
    'an endorsement more, by a stranger',
    withEndorsements(async (parts) => [
      ...parts.endorsements,
      await endorsementBy(stranger('Org7MSP', 'peer'), parts.responsePayload),
    ]),
  ],
  [
    'a spoiled signature of an endorser',
    withEndorsements(({ endorsements }) =>
      endorsements.map((endorsement, index) => {
        const copy = endorsement.cloneMessage()
        if (index === 0) copy.setSignature(Buffer.from('spoiled'))
        return copy
      }),
    ),
  ],
  [
    'a response changed after its endorsement',
    changed((parts) => ({
      ...parts,
      responsePayload: bentResponse(parts.responsePayload, (action) =>
        action.getResponse()?.setPayload(Buffer.from('other')),
      ),
    })),
  ],
  [
    'writes forged after the endorsement',
    forged((set) => {
      for (const access of set.getNsRwsetList().filter((one) => one.getNamespace() === 'kv')) {
        const inner = kvrwset.KVRWSet.deserializeBinary(access.getRwset_asU8())
        for (const write of inner.getWritesList()) write.setValue(Buffer.from('forged'))
        access.setRwset(inner.serializeBinary())
      }
    }),
  ],
  ['writes to another contract’s state', agreed(writeTo('other', 'forged'))],
  ['writes to the state of a contract that is stricter', agreed(writeTo('by-admins', 'forged'))],
  ['writes to the state of an unknown contract', agreed(writeTo('nothing', 'forged'))],
  ['writes to the state of the lifecycle', agreed(writeTo('_lifecycle', 'namespaces/fields/kv/Sequence'))],
  ['writes to the state of a system contract', agreed(writeTo('qscc', 'forged'))],
  ['writes to the state of lscc', agreed(writeTo('lscc', 'forged'))],
  ['a namespace twice', agreed(writeTo('kv', 'forged'))],
  [
    'a write under an empty key',
    agreed((set) => {
      for (const access of set.getNsRwsetList().filter((one) => one.getNamespace() === 'kv')) {
        const inner = kvrwset.KVRWSet.deserializeBinary(access.getRwset_asU8())
        for (const write of inner.getWritesList()) write.setKey('')
        access.setRwset(inner.serializeBinary())
      }
    }),
  ],
]
