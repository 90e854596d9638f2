/** For tests only: calls of the participation API in a fixed order, and what is seen of the answers. */
import { common } from '@hyperledger/fabric-protos'
import type { Seen } from './agreement/scenario.ts'
import { channel, type Ordering } from './ordering.ts'
import { askAdmin, form, type RestAnswer, type RestCall } from './raw-clients.ts'

const channels = '/participation/v1/channels'
const get = (path: string): RestCall => ({ method: 'GET', path: `${channels}${path}` })

export type RestScenario = readonly [name: string, call: (ordering: Ordering) => RestCall]

const post = (parts: Readonly<Record<string, Uint8Array>>): RestCall => ({
  method: 'POST',
  path: channels,
  ...form(parts),
})

function spoiled(genesis: Uint8Array, spoil: (block: common.Block) => void): Uint8Array {
  const block = common.Block.deserializeBinary(genesis)
  spoil(block)
  return block.serializeBinary()
}

const emptied = (genesis: Uint8Array) => spoiled(genesis, (block) => block.setData(new common.BlockData()))
const withoutMetadata = (genesis: Uint8Array) => spoiled(genesis, (block) => block.clearMetadata())
const withWrongHash = (genesis: Uint8Array) =>
  spoiled(genesis, (block) => block.getHeader()?.setDataHash(new Uint8Array(32)))

export const restBeforeJoin: readonly RestScenario[] = [
  ['list where there is nothing', () => get('')],
  ['status of an unknown channel', () => get('/nowhere')],
  ['status of an impossible channel', () => get('/No_Where')],
  ['removal of an unknown channel', () => ({ method: 'DELETE', path: `${channels}/nowhere` })],
  ['join by JSON', () => ({ method: 'POST', path: channels, headers: { 'Content-Type': 'application/json' } })],
  ['join without a part', () => post({})],
  ['join with another part', ({ genesis }) => post({ block: genesis })],
  ['join with a part too many', ({ genesis }) => post({ 'config-block': genesis, more: genesis })],
  ['join by an empty block', ({ genesis }) => post({ 'config-block': emptied(genesis) })],
  ['join by a block without metadata', ({ genesis }) => post({ 'config-block': withoutMetadata(genesis) })],
  ['join by a block with a wrong hash', ({ genesis }) => post({ 'config-block': withWrongHash(genesis) })],
  ['join by too large a block', () => post({ 'config-block': Buffer.alloc(2_000_000) })],
  ['join by no client', ({ genesis }) => ({ ...post({ 'config-block': genesis }), anonymous: true })],
  [
    'join for clients that read text alone',
    ({ genesis }) => {
      const call = post({ 'config-block': genesis })
      return { ...call, headers: { ...call.headers, Accept: 'text/plain' } }
    },
  ],
  ['an unknown method on all channels', () => ({ method: 'PATCH', path: channels })],
  ['an unknown method on a channel', () => ({ method: 'POST', path: `${channels}/x` })],
  ['an unknown method on a block', () => ({ method: 'DELETE', path: `${channels}/x/blocks/1` })],
  ['the base path', () => ({ method: 'GET', path: '/participation/v1/' })],
  ['no path of the API', () => ({ method: 'GET', path: '/participation/v2/channels' })],
]

export const restAfterJoin: readonly RestScenario[] = [
  ['a second join', ({ genesis }) => post({ 'config-block': genesis })],
  ['list of one', () => get('')],
  ['status', () => get(`/${channel}`)],
  ['a block that is not there', () => get(`/${channel}/blocks/777`)],
  ['a block by no number', () => get(`/${channel}/blocks/first`)],
  ['a block of an unknown channel', () => get('/nowhere/blocks/0')],
  [
    'an update of garbage',
    () => ({
      method: 'PUT',
      path: channels,
      ...form({ 'config-update-envelope': new Uint8Array([1, 2, 3]) }),
    }),
  ],
  ['an update in the wrong part', () => ({ method: 'PUT', path: channels, ...form({ update: new Uint8Array() }) })],
]

/** Asks and writes down. */
export async function seenOf(ordering: Ordering, call: RestCall): Promise<Seen> {
  return described(await askAdmin(ordering, call))
}

function described({ status, body, allow }: RestAnswer): Seen {
  const isJson = body.startsWith('{')
  // Fabric answers a bad block id with its refusal twice.
  const said: unknown = isJson ? JSON.parse(body.split('\n')[0] ?? '') : undefined
  return { status, ...(allow === undefined ? {} : { allow }), ...(isJson ? { said: withoutDecoder(said) } : {}) }
}

/** Go's decoder of protobuf says in its own words what is wrong with bytes. */
function withoutDecoder(said: unknown): unknown {
  const text = JSON.stringify(said).replace(/(cannot unmarshal file part [^:]*): [^"]*/, '$1')
  return JSON.parse(text)
}
