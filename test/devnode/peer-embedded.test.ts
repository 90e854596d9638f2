/** An orderer and two peers of the devnode in one process, with nothing on disk. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Log, memoryLedgers, readOrdererSettings, readPeerSettings, startOrderer, startPeer } from '@cello/devnode'
import { openGateway } from '@cello/fabric/gateway'
import { openParticipation } from '@cello/fabric/ordering'
import { joinPeer } from '@cello/fabric/peers'
import { channel, endpointOf } from './ordering.ts'
import { deployKv } from './peer-kv.ts'
import { connectTo, type PeerPlan, planPeerNetwork } from './peers/network.ts'

const lines: string[] = []
const log = new Log((line) => void lines.push(line))

function startPlanned({ folder }: PeerPlan) {
  const settings = readPeerSettings({ folder, yaml: readFileSync(join(folder, 'core.yaml'), 'utf8'), env: {} })
  return startPeer({ settings, log, env: {}, inMemory: true })
}

test('a network in one process runs a contract and leaves nothing behind', async () => {
  const { ordering, peers } = await planPeerNetwork()
  using _files = ordering
  const settings = readOrdererSettings({ folder: ordering.folder, yaml: '', env: ordering.env })
  await using stack = new AsyncDisposableStack()
  stack.use(await startOrderer({ settings, log, ledgers: memoryLedgers() }))
  for (const plan of peers) stack.use(await startPlanned(plan))
  const participation = stack.use(openParticipation(endpointOf(ordering, ordering.ports.admin)))
  await participation.join(ordering.genesis)
  const [first, second] = peers.map((plan) => ({
    connection: stack.adopt(connectTo(plan), (connection) => connection.close()),
    admin: plan.org.admin,
    user: plan.org.user,
  }))
  assert.ok(first && second)
  await Promise.all([first, second].map(({ connection, admin }) => joinPeer(connection, admin, ordering.genesis)))
  stack.use(await deployKv([first, second], channel, ordering.folder))
  const { commit } = await openGateway(first.connection, first.user).invoke({
    channel,
    contract: 'kv',
    name: 'put',
    args: ['tea', '7'],
  })
  assert.equal(commit.validationCode, 'VALID')
  assert.equal(existsSync(join(ordering.folder, 'ledger')), false)
  for (const { folder } of peers) assert.deepEqual(readdirSync(join(folder, 'data')), [])
  assert.deepEqual(
    lines.filter((line) => line.includes(' error ')),
    [],
  )
})
