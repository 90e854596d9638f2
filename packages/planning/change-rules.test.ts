import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NetworkSpec } from '@cello/model'
import { type ChangeRule, changeRules } from './change-rules.ts'
import { refusals } from './refusals.ts'
import { allotted, digest, edited, smallSpec } from './testing/networks.ts'

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>
  readonly items?: Shape
  readonly anyOf?: readonly Shape[]
  readonly oneOf?: readonly Shape[]
}

/** Every field by its path: lists as `list[]`, objects by their fields alone. */
function fields(shape: Shape, path = ''): string[] {
  const choices = shape.anyOf ?? shape.oneOf
  if (choices) return choices.flatMap((choice) => fields(choice, path))
  if (shape.items) return [`${path}[]`, ...(shape.items.properties ? fields(shape.items, `${path}[]`) : [])]
  if (!shape.properties) return [path]
  return Object.entries(shape.properties).flatMap(([name, inner]) =>
    fields(inner, path === '' ? name : `${path}.${name}`),
  )
}

test('each field of a document declares what a ledger can do with it, and nothing else does', () => {
  const schema: Shape = JSON.parse(JSON.stringify(NetworkSpec.toJSONSchema({ io: 'input', reused: 'inline' })))
  assert.deepEqual(Object.keys(changeRules).sort(), [...new Set(fields(schema))].sort())
})

test('what cannot be done says why and what is the nearest act', () => {
  for (const [field, { can, why, next }] of Object.entries<ChangeRule>(changeRules)) {
    if (can.length === 0) assert.ok(why && next, field)
  }
})

const contract = {
  name: 'assets',
  package: digest('a'),
  collections: [{ name: 'secret', policy: "OR('Org1MSP.member')", blockToLive: 5 }],
}
const spec = smallSpec({ channels: [{ name: 'main', contracts: [contract] }] })
const current = { spec, nodes: allotted(spec) }

/** Subjects and nearest acts of what is refused of an edit. */
function refused(edit: Parameters<typeof edited>[1], from = current) {
  return refusals(from, edited(from.spec, edit)).map(({ subject, next }) => [subject, next])
}

const rules: Readonly<Record<string, ChangeRule>> = changeRules
const next = (field: keyof typeof changeRules) => rules[field]?.next

test('name, host and runtime stay', () => {
  assert.deepEqual(
    refused((draft) => Object.assign(draft, { name: 'other' })),
    [
      ['name', next('name')],
      // The domains follow the name.
      ...['Orderer', 'Org1', 'Org2'].map((org) => [`organization/${org}`, next('organizations[].domain')]),
    ],
  )
  assert.deepEqual(
    refused((draft) => Object.assign(draft, { host: 'elsewhere' })),
    [['host', next('host')]],
  )
  assert.deepEqual(
    refused((draft) => Object.assign(draft, { runtime: { kind: 'fabric', version: '3.1.5' } })),
    [['runtime', next('runtime.kind')]],
  )
})

test('an organization stays with its MSP id and domain; the last of its peers and orderers stay on their channels', () => {
  const org = (draft: Parameters<Parameters<typeof edited>[1]>[0], name: string) =>
    draft.organizations.find((candidate) => candidate.name === name) ?? {}
  assert.deepEqual(
    refused((draft) => Object.assign(org(draft, 'Org2'), { mspId: 'Other' })),
    [['organization/Org2', next('organizations[].mspId')]],
  )
  assert.deepEqual(
    refused((draft) => Object.assign(org(draft, 'Org1'), { peers: [] })),
    [['channel/main', next('channels[].members[]')]],
  )
  const two = edited(spec, (draft) => Object.assign(org(draft, 'Org1'), { orderers: [{ name: 'orderer0' }] }))
  assert.deepEqual(
    refused((draft) => Object.assign(org(draft, 'Org1'), { orderers: [] }), { spec: two, nodes: allotted(two) }),
    [['channel/main', next('channels[].orderers[]')]],
  )
})

test('a channel stays, with its kind of consensus', () => {
  assert.deepEqual(
    refused((draft) => Object.assign(draft, { channels: [] })),
    [['channel/main', next('channels[]')]],
  )
  assert.deepEqual(
    refused((draft) => {
      Object.assign(draft.organizations[0] ?? {}, {
        orderers: [0, 1, 2, 3].map((index) => ({ name: `orderer${index}` })),
      })
      Object.assign(draft.channels?.[0] ?? {}, { consensus: { type: 'bft' } })
    }),
    [['channel/main', next('channels[].consensus.type')]],
  )
})

test('a collection stays with its time to live as long as its contract does', () => {
  const collections = (list: readonly object[]) =>
    refused((draft) => Object.assign(draft.channels?.[0]?.contracts?.[0] ?? {}, { collections: list }))
  const [secret] = contract.collections
  assert.deepEqual(collections([]), [['collection/main/assets/secret', next('channels[].contracts[].collections[]')]])
  assert.deepEqual(collections([{ ...secret, blockToLive: 6 }]), [
    ['collection/main/assets/secret', next('channels[].contracts[].collections[].blockToLive')],
  ])
  assert.deepEqual(
    collections([
      { ...secret, maxPeerCount: 3 },
      { ...secret, name: 'more' },
    ]),
    [],
  )
  assert.deepEqual(
    refused((draft) => Object.assign(draft.channels?.[0] ?? {}, { contracts: [] })),
    [],
  )
})

const stopped = (name: string) => ({
  spec,
  nodes: current.nodes.map((node) => (node.name === name ? { ...node, power: 'stopped' as const } : node)),
})
const orderers =
  (...names: string[]) =>
  (draft: Parameters<Parameters<typeof edited>[1]>[0]) =>
    Object.assign(draft.organizations[0] ?? {}, { orderers: names.map((name) => ({ name })) })

test('the set of orderers is not changed while one that stays is stopped, but the stopped one itself can go', () => {
  const start = 'Start every orderer of the channel first.'
  const from = stopped('orderer1')
  assert.deepEqual(refused(orderers('orderer0', 'orderer1', 'orderer2', 'more'), from), [['channel/main', start]])
  assert.deepEqual(refused(orderers('orderer0', 'orderer1'), from), [['channel/main', start]])
  assert.deepEqual(refused(orderers('orderer0', 'orderer2'), from), [])
  assert.deepEqual(refused(orderers('orderer0'), current), [], 'one after the other')
})

test('a stopped orderer without which there is no quorum must be started to be removed', () => {
  const two = smallSpec({
    organizations: [
      { name: 'Orderer', orderers: [{ name: 'orderer0' }, { name: 'orderer1' }] },
      { name: 'Org1', peers: [{ name: 'peer0' }] },
    ],
  })
  const nodes = allotted(two).map((node) => (node.name === 'orderer1' ? { ...node, power: 'stopped' as const } : node))
  assert.equal(refused(orderers('orderer0'), { spec: two, nodes }).length, 1)
})

test('a name is not given to a node of another kind, nor while its last bearer is still being removed', () => {
  assert.deepEqual(
    refused((draft) =>
      Object.assign(draft.organizations[0] ?? {}, {
        orderers: [{ name: 'orderer0' }, { name: 'orderer1' }],
        peers: [{ name: 'orderer2' }],
      }),
    ),
    [['node/Orderer/orderer2', 'Take another name.']],
  )
  const without = edited(spec, orderers('orderer0', 'orderer1'))
  const going = { spec: without, nodes: allotted(without, current.nodes) }
  assert.deepEqual(refused(orderers('orderer0', 'orderer1', 'orderer2'), going), [
    ['node/Orderer/orderer2', 'Wait until it is gone, or take another name.'],
  ])
  assert.deepEqual(
    refused(() => {}, going),
    [],
  )
})
