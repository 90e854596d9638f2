/** A peer's channel follows its orderers: through stops, silences and moves. The orderer runs in this process. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Log, readOrdererSettings, startOrderer } from '@cello/devnode'
import { openConnection } from '@cello/fabric'
import { genesisBlock, setBatch, setOrdererEndpoints } from '@cello/fabric/config'
import { enrol, enrolForTls } from '@cello/fabric/identity'
import { openParticipation } from '@cello/fabric/ordering'
import { common } from '@hyperledger/fabric-protos'
import { openPeerChannels } from '../../../apps/devnode/committing/open-peer-channels.ts'
import { type FollowOptions, followOrderers } from '../../../apps/devnode/following/follow-orderers.ts'
import { memoryLedgers } from '../../../apps/devnode/ledger/memory-ledgers.ts'
import { openPrivateStore } from '../../../apps/devnode/state/open-private-store.ts'
import { openWorldState } from '../../../apps/devnode/state/open-world-state.ts'
import { message, update } from '../messages.ts'
import { endpointOf, type Ordering, type OrderingPlan, planOrdering } from '../ordering.ts'
import { sendEnvelope } from '../raw-clients.ts'
import { openRelay } from './orderer-relay.ts'
import { actorOf } from './test-channel.ts'

interface Stage extends AsyncDisposable {
  readonly ordering: Ordering
  readonly relays: readonly [Relay, Relay]
  readonly height: () => number
  /** Has one more block made. */
  send(): Promise<void>
  configure(edit: (config: common.Config) => common.Config): Promise<void>
  follow(more?: Partial<FollowOptions>): AsyncDisposable
  startOrderer(): Promise<AsyncDisposable>
  /** Resolves when the peer is as high as the orderer. @returns milliseconds that it took */
  caughtUp(): Promise<number>
}
type Relay = Awaited<ReturnType<typeof openRelay>>

/** An orderer behind two addresses, and a peer's channel that nobody follows yet. */
async function stage(plan: OrderingPlan = {}): Promise<Stage> {
  const owned = new AsyncDisposableStack()
  const ordering = owned.use(await planOrdering({ batch: { timeout: '10ms', maxMessageCount: 1 }, ...plan }))
  const relays = [
    owned.use(await openRelay(ordering.ports.service)),
    owned.use(await openRelay(ordering.ports.service)),
  ] as const
  const genesis = genesisThrough(ordering, relays)
  const settings = readOrdererSettings({ folder: join(ordering.folder, 'config'), yaml: '', env: ordering.env })
  const start = () => startOrderer({ settings, log: new Log(() => undefined) })
  const running = { orderer: await start() }
  owned.defer(() => running.orderer[Symbol.asyncDispose]())
  const participation = openParticipation(endpointOf(ordering, ordering.ports.admin))
  await participation.join(genesis)
  await participation[Symbol.asyncDispose]()
  const channels = owned.use(
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
  const signer = actorOf('Org1MSP', enrol(ordering.members.enrolment, { name: 'peer0', role: 'peer' }))
  const channel = await channels.join(genesis)
  const sent = { blocks: 1 }
  const broadcast = async (envelope: common.Envelope) => {
    const connection = openConnection(endpointOf(ordering, ordering.ports.service))
    const { status } = await sendEnvelope(connection, envelope)
    connection.close()
    assert.equal(status, 'SUCCESS')
    sent.blocks++
  }
  return {
    ordering,
    relays,
    height: () => channel.height,
    send: async () => broadcast(await message(ordering.member, 'a message')),
    async configure(edit) {
      const newest = common.Block.deserializeBinary(await channel.store.read(0))
      const { ordererAdmin } = ordering
      await broadcast(await update(newest, edit, { signers: [ordererAdmin], submitter: ordererAdmin }))
    },
    follow: (more = {}) => followOrderers({ channels, signer, tls: {}, log: { info: () => undefined }, ...more }),
    async startOrderer() {
      running.orderer = await start()
      return running.orderer
    },
    async caughtUp() {
      const began = performance.now()
      while (channel.height < sent.blocks) {
        assert.ok(performance.now() - began < 15_000, `height ${channel.height} of ${sent.blocks}`)
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      return performance.now() - began
    },
    async [Symbol.asyncDispose]() {
      await owned.disposeAsync()
    },
  }
}

function genesisThrough({ spec }: Ordering, relays: readonly Relay[]): Uint8Array {
  const [organization] = spec.orderer.organizations
  assert.ok(organization)
  const through = { ...organization, endpoints: relays.map(({ address }) => address) }
  return genesisBlock({ ...spec, orderer: { ...spec.orderer, organizations: [through] } }).serializeBinary()
}

test('blocks that are there come at once, new ones as they are made', async () => {
  await using here = await stage()
  for (let count = 0; count < 5; count++) await here.send()
  await using _following = here.follow()
  await here.caughtUp()
  assert.equal(here.height(), 6)
  await here.send()
  await here.caughtUp()
  assert.equal(
    here.relays.reduce((sum, { open }) => sum + open, 0),
    1,
    'one connection',
  )
})

test('an orderer that hangs up is called again within 100 ms, or another one', async () => {
  await using here = await stage()
  await using _following = here.follow()
  await here.send()
  await here.caughtUp()
  for (const relay of here.relays) {
    relay.refuse()
    await here.send()
    const ms = await here.caughtUp()
    assert.ok(ms < 1_500, `${ms} ms with another orderer`)
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
  const ms = await here.caughtUp()
  assert.ok(ms > 100 && ms < 3_000, `${ms} ms`)
  assert.equal(used?.open, 0)
})

test('a new address in the config is followed, the old one left', async () => {
  await using here = await stage()
  const [first, second] = here.relays
  first.refuse()
  await using _following = here.follow()
  await here.send()
  await here.caughtUp()
  assert.equal(second.open, 1)
  first.restore()
  await here.configure((config) => setOrdererEndpoints(config, 'OrdererMSP', [first.address]))
  await here.caughtUp()
  await here.send()
  await here.caughtUp()
  assert.deepEqual([first.open, second.open], [1, 0])
})

test('another change of the config leaves the connection as it is', async () => {
  await using here = await stage()
  await using _following = here.follow()
  await here.send()
  await here.caughtUp()
  const before = here.relays.map(({ taken }) => taken)
  await here.configure((config) => setBatch(config, { timeout: '20ms' }))
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
  const { orderers } = here.ordering
  const { certificate, privateKey } = enrolForTls(orderers.tls, { name: 'peer0', hosts: ['localhost'] })
  const overrides = [{ from: first.address, to: second.address }]
  await using _following = here.follow({ overrides, tls: { client: { certificate, key: privateKey } } })
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
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.deepEqual(
    here.relays.map(({ open }) => open),
    [0, 0],
  )
})
