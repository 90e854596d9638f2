import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { hashedNamespace, privateNamespace } from '../state/collection-namespace.ts'
import { openWorldState } from '../state/open-world-state.ts'
import type { StateWrite, WorldState } from '../state/world-state.ts'
import { openSimulator } from './open-simulator.ts'
import { decodePrivateSets, decodeReadWriteSet, encodePrivateSets, encodeReadWriteSet } from './rwset.ts'
import type { Results, Simulator } from './simulator.ts'

interface Recording {
  readonly encoded: readonly { readonly name: string; readonly type: string; readonly hex: string }[]
  readonly submitted: readonly (readonly [contract: string, ...steps: Step[]])[]
  readonly simulated: readonly {
    readonly name: string
    readonly contract: string
    readonly steps: readonly Step[]
    readonly results: string
  }[]
}

type Step = readonly [name: string, ...args: string[]]

const file = new URL('../../../test/vectors/devnode/read-write-sets.json', import.meta.url)
const recording: Recording = JSON.parse(readFileSync(file, 'utf8'))
const bytes = (text: string): Buffer => Buffer.from(text)
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

test('read-write sets are decoded and encoded as Go encodes them', () => {
  for (const { name, type, hex } of recording.encoded) {
    const set = Buffer.from(hex, 'hex')
    const again = type === 'rwset.TxReadWriteSet' ? encodeReadWriteSet(decodeReadWriteSet(set)) : samePrivate(set)
    assert.equal(Buffer.from(again).toString('hex'), hex, name)
  }
  assert.throws(() => decodeReadWriteSet(bytes('rubbish')))
})

const samePrivate = (set: Uint8Array): Uint8Array => encodePrivateSets(decodePrivateSets(set))

for (const { name, contract, steps, results } of recording.simulated) {
  test(`simulated as on a peer: ${name}`, async () => {
    using state = recordedState(results)
    const looked = decodeReadWriteSet(Buffer.from(results, 'hex')).find(({ namespace }) => namespace === '_lifecycle')
    using simulator = await openSimulator({
      state,
      txId: 'tx',
      richQueries: false,
      // As the lifecycle does, it reads the definition through the simulation.
      collections: (reader, namespace) => {
        for (const { key } of looked?.reads ?? []) reader.get('_lifecycle', key)
        return namespace === 'hidden' ? ['mine', 'open'] : undefined
      },
      onClose: () => {},
    })
    simulator.get('_lifecycle', `namespaces/fields/${contract}/Sequence`)
    for (const step of steps) play(simulator, contract, step)
    assert.equal(Buffer.from(simulator.results().public).toString('hex'), results)
  })
}

/** What was committed before the recordings, and what the lifecycle had written by then. */
function recordedState(results: string): WorldState {
  const state = openWorldState(':memory:')
  for (let number = 0; number < 4; number += 1) state.apply(block(number, definitionsOf(results, number)))
  recording.submitted.forEach(([contract, ...steps], index) => {
    state.apply(
      block(
        4 + index,
        steps.flatMap((step) => writesOf(contract, step)),
      ),
    )
  })
  return state
}

const block = (number: number, writes: readonly StateWrite[]) => ({
  number,
  hash: bytes(`block ${number}`),
  transactions: [],
  writes,
})

function definitionsOf(results: string, number: number): StateWrite[] {
  const sets = decodeReadWriteSet(Buffer.from(results, 'hex')).filter(({ namespace }) => namespace === '_lifecycle')
  return sets.flatMap(({ namespace, reads }) =>
    reads.flatMap(({ key, version }) =>
      version?.block === number ? [{ namespace, key, transaction: version.transaction, value: bytes('x') }] : [],
    ),
  )
}

function writesOf(namespace: string, [name, ...args]: Step): StateWrite[] {
  const [first = '', second = '', third = ''] = args
  const write = (space: string, key: string, value: Uint8Array) => ({ namespace: space, key, transaction: 0, value })
  switch (name) {
    case 'put':
      return [write(namespace, first, bytes(second))]
    case 'pair':
      return [write(namespace, pairKey(args), bytes('a'))]
    case 'many':
      return Array.from({ length: Number(second) }, (_, index) =>
        write(namespace, `${first}${String(index).padStart(3, '0')}`, bytes(String(index))),
      )
    default:
      return [
        write(privateNamespace(namespace, first), second, bytes(third)),
        write(hashedNamespace(namespace, first), sha256(second).toString('hex'), sha256(third)),
      ]
  }
}

const pairKey = ([type, first, second]: readonly string[]): string => `\0${type}\0${first}\0${second}\0`

/** The steps of the contract of the agreement, with as many reads ahead as a peer makes for fabric-shim. */
function play(simulator: Simulator, contract: string, [name, ...args]: Step): void {
  const [first = '', second = '', third = ''] = args
  const own = simulator.private
  const steps: Readonly<Record<string, () => unknown>> = {
    get: () => simulator.get(contract, first),
    put: () => simulator.put(contract, first, bytes(second)),
    del: () => simulator.delete(contract, first),
    pair: () => simulator.put(contract, pairKey(args), bytes(args[3] ?? '')),
    range: () => take(simulator.range(contract, first, second)),
    some: () => take(simulator.range(contract, first, second), 101),
    getPrivate: () => own.get(contract, first, second),
    hashPrivate: () => own.hash(contract, first, second),
    putPrivate: () => own.put(contract, first, second, bytes(third)),
    delPrivate: () => own.delete(contract, first, second),
    purgePrivate: () => own.purge(contract, first, second),
    rangePrivate: () => take(own.range(contract, first, second, third)),
  }
  assert.ok(steps[name], name)
  steps[name]()
}

function take(results: Results, count = Number.POSITIVE_INFINITY): void {
  using open = results
  for (let taken = 0; taken < count && open.next(); taken += 1);
}
