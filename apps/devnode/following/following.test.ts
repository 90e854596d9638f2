/** A peer's channel follows its orderers: through stops, silences and moves. The orderer runs in this process. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channelHeader } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'
import { openPeerChannels } from '../committing/open-peer-channels.ts'
import { channelName } from '../committing/testing/test-channel.ts'
import { addresses, batchTimeout, signedBy, testGenesis, updateOf } from '../committing/testing/test-genesis.ts'
import { testOrganization } from '../endorsement/testing/test-organization.ts'
import { memoryLedgers } from '../ledger/memory-ledgers.ts'
import { openPrivateStore } from '../state/open-private-store.ts'
import { openWorldState } from '../state/open-world-state.ts'
import { until } from '../testing/until.ts'
import { type FollowOptions, followOrderers } from './follow-orderers.ts'
import { type OrdererRelay, openRelay } from './testing/orderer-relay.ts'
import { testOrderer } from './testing/test-orderer.ts'

interface Stage extends AsyncDisposable {
  readonly relays: readonly [OrdererRelay, OrdererRelay]
  readonly height: () => number
  /** PEM pair for mutual TLS. */
  readonly client: { readonly certificate: string; readonly key: string }
  /** Has one more block made. */
  send(): Promise<void>
  /** A config block: a value of the orderers' group, or of their organization's. */
  configure(name: string, value: Uint8Array, organization?: string): Promise<void>
  follow(more?: Partial<FollowOptions>): AsyncDisposable
  /** Resolves when the peer is as high as the orderer. */
  caughtUp(): Promise<void>
}

/** An orderer behind two addresses, and a peer's channel that nobody follows yet. */
async function stage({ mutualTls = false } = {}): Promise<Stage> {
  await using opening = new AsyncDisposableStack()
  const [orderers, members] = [testOrganization('OrdererMSP'), testOrganization('Org1MSP')]
  const relays = [opening.use(await openRelay()), opening.use(await openRelay())] as const
  const endpoints = relays.map(({ address }) => address)
  const genesis = testGenesis({ channel: channelName, orderers, endpoints, members: [members] })
  const about = { channel: channelName, genesis, member: orderers.member('peer'), mspId: 'OrdererMSP' }
  const orderer = opening.use(await testOrderer({ ...about, root: orderers.root, mutualTls }))
  for (const relay of relays) relay.lead(orderer.port)
  const channels = opening.use(
    await openPeerChannels({
      ledgers: memoryLedgers(),
      openState: () => openWorldState(':memory:'),
      openPrivate: () => openPrivateStore(':memory:'),
      lifecycle: () => ({ definition: () => undefined }),
      mspId: 'Org1MSP',
      richQueries: false,
      onFailure: (_channel, error) => assert.fail(String(error)),
    }),
  )
  const channel = await channels.join(genesis)
  const [signer, user, admin] = [members.member('peer'), members.member('client'), orderers.member('admin')]
  const sent = { blocks: 1 }
  const broadcast = async (envelope: common.Envelope) => {
    await orderer.broadcast(envelope)
    sent.blocks++
  }
  const owned = opening.move()
  return {
    relays,
    client: orderers.member('client'),
    height: () => channel.height,
    send: () =>
      broadcast(
        signedBy(
          user,
          channelHeader({ type: common.HeaderType.MESSAGE, channelId: channelName }),
          Buffer.from('a message'),
        ),
      ),
    configure: (name, value, organization) =>
      broadcast(
        updateOf(channel.config.config, {
          channel: channelName,
          name,
          value,
          by: admin,
          ...(organization === undefined ? {} : { organization }),
        }),
      ),
    follow: (more = {}) => followOrderers({ channels, signer, tls: {}, log: { info: () => undefined }, ...more }),
    caughtUp: () =>
      until(
        () => channel.height >= sent.blocks,
        () => `height ${channel.height} of ${sent.blocks}`,
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

test('blocks that are there come at once, new ones as they are made', async () => {
  await using here = await stage()
  for (let count = 0; count < 5; count++) await here.send()
  await using _following = here.follow()
  await here.caughtUp()
  assert.equal(here.height(), 6)
  await here.send()
  await here.caughtUp()
  const open = () => here.relays.reduce((sum, relay) => sum + relay.open, 0)
  await until(
    () => open() === 1,
    () => `one connection, not ${open()}`,
  )
})

test('an orderer that hangs up is called again, or another one', async () => {
  await using here = await stage()
  await using _following = here.follow()
  await here.send()
  await here.caughtUp()
  for (const relay of here.relays) {
    relay.refuse()
    await here.send()
    await here.caughtUp()
    relay.restore()
  }
})

test('an orderer that falls silent is left for another one', async () => {
  await using here = await stage()
  await using _following = here.follow({ keepalive: { intervalMs: 200, timeoutMs: 200 }, connectTimeoutMs: 500 })
  await here.send()
  await here.caughtUp()
  const used = here.relays.find(({ open }) => open > 0)
  used?.freeze()
  await here.send()
  await here.caughtUp()
  await until(
    () => used?.open === 0,
    () => `open connections: ${used?.open}`,
  )
})

test('a new address in the config is followed, the old one left', async () => {
  await using here = await stage()
  const [first, second] = here.relays
  first.refuse()
  await using _following = here.follow()
  await here.send()
  await here.caughtUp()
  await until(
    () => second.open === 1,
    () => `open connections: ${second.open}`,
  )
  first.restore()
  await here.configure('Endpoints', addresses([first.address]), 'OrdererMSP')
  await here.caughtUp()
  await here.send()
  await here.caughtUp()
  await until(
    () => first.open === 1 && second.open === 0,
    () => `open connections: ${first.open}, ${second.open}`,
  )
})

test('another change of the config leaves the connection as it is', async () => {
  await using here = await stage()
  await using _following = here.follow()
  await here.send()
  await here.caughtUp()
  const before = here.relays.map(({ taken }) => taken)
  await here.configure('BatchTimeout', batchTimeout('20ms'))
  await here.caughtUp()
  await here.send()
  await here.caughtUp()
  assert.deepEqual(
    here.relays.map(({ taken }) => taken),
    before,
  )
})

test('an override leads elsewhere, with mutual TLS the request names the certificate', async () => {
  await using here = await stage({ mutualTls: true })
  const [first, second] = here.relays
  const overrides = [{ from: first.address, to: second.address }]
  await using _following = here.follow({ overrides, tls: { client: here.client } })
  await here.send()
  await here.caughtUp()
  assert.deepEqual([first.taken, second.open], [0, 1])
})

test('a peer that stops hangs up', async () => {
  await using here = await stage()
  const following = here.follow()
  await here.send()
  await here.caughtUp()
  await following[Symbol.asyncDispose]()
  const open = () => here.relays.map((relay) => relay.open)
  await until(
    () => open().every((count) => count === 0),
    () => `open connections: ${open().join(', ')}`,
  )
})
