/** Our genesis blocks and config updates in front of real orderers. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { common } from '@hyperledger/fabric-protos'
import { createOrganizationAuthorities } from '../identity/index.ts'
import { configBlockFromOrderer, submitToOrderers } from '../ordering/index.ts'
import type { Signer } from '../signer.ts'
import { realFabric } from '../testing/real-fabric.ts'
import { type RealOrderers, startOrderers } from '../testing/real-orderers.ts'
import { mspOf } from '../testing/sample-channels.ts'
import * as config from './index.ts'

const cases = [
  { version: '3.1.5', consensus: 'etcdraft', count: 3, withIntermediates: true },
  { version: '3.1.5', consensus: 'BFT', count: 4, withIntermediates: false },
  { version: '2.5.16', consensus: 'etcdraft', count: 1, withIntermediates: false },
] as const

/** The config of the channel at one orderer, once it has that sequence. */
async function configAt(orderers: RealOrderers, sequence: number): Promise<common.Config> {
  const [connection] = orderers.connections
  const [node] = orderers.nodes
  assert.ok(connection && node)
  let current: common.Config | undefined
  await node.until(`the config has sequence ${sequence}`, async () => {
    const block = await configBlockFromOrderer(connection, orderers.ordererAdmin, orderers.spec.channelId)
    current = config.configFromBlock(block).config
    return current.getSequence() === sequence
  })
  assert.ok(current)
  return current
}

async function change(
  orderers: RealOrderers,
  original: common.Config,
  updated: common.Config,
  signers: readonly Signer[],
): Promise<void> {
  const { channelId: channel, orderer } = orderers.spec
  const update = config.computeUpdate(channel, original, updated).serializeBinary()
  const signatures = await config.signConfigUpdateByAll(update, signers)
  const envelope = await config.configUpdateEnvelope({ update, signatures, submitter: orderers.ordererAdmin })
  const accept = orderer.consensus.type === 'BFT' ? 'quorum' : 'first'
  await submitToOrderers(orderers.connections, envelope.serializeBinary(), { channel }, { accept })
}

for (const { version, consensus, count, withIntermediates } of cases) {
  const fabric = realFabric(version, ['orderer', 'osnadmin'])

  const kind = withIntermediates ? ', certified by intermediates,' : ''

  test(`${count} ${consensus} orderers ${version}${kind} start our channel and take our updates, signed by all who must`, {
    skip: fabric.skip,
    timeout: 600_000,
  }, async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'cello-config-'))
    context.after(() => rmSync(folder, { recursive: true, force: true }))
    await using orderers = await startOrderers(fabric, { folder, consensus, count, withIntermediates })
    const { spec, ordererAdmin, peerAdmin } = orderers
    await orderers.join(config.genesisBlock(spec))
    for (const [index, participation] of orderers.participations.entries()) {
      const { status, consensusRelation } = await participation.show(spec.channelId)
      assert.deepEqual([status, consensusRelation], ['active', 'consenter'], `orderer ${index}`)
    }

    const original = await configAt(orderers, 0)
    assert.deepEqual(config.readChannelConfig(original), config.readChannelConfig(config.initialConfig(spec)))
    const second = createOrganizationAuthorities({ domain: 'org2.example.com' })
    const added = { name: 'Org2MSP', msp: mspOf('Org2MSP', second), anchorPeers: [{ host: 'peer0', port: 7051 }] }
    const edits: ((it: common.Config) => common.Config)[] = [
      (it) => config.setBatch(it, { maxMessageCount: 33, timeout: '100ms' }),
      (it) => config.addApplicationOrganization(it, added),
      (it) => config.setPolicy(it, { group: 'channel' }, 'Auditors', { type: 'ImplicitMeta', rule: 'ANY Readers' }),
      (it) => config.setAcls(it, { 'peer/Propose': '/Channel/Application/Writers' }),
      (it) =>
        consensus === 'BFT'
          ? config.setBftOptions(it, { leaderHeartbeatTimeout: '20s' })
          : config.setRaftOptions(it, { electionTick: 12 }),
    ]
    const wanted = edits.reduce((it, edit) => edit(it), original)
    await assert.rejects(change(orderers, original, wanted, [ordererAdmin]), { name: 'FabricError' })
    await change(orderers, original, wanted, [ordererAdmin, peerAdmin])
    const changed = await configAt(orderers, 1)
    assert.deepEqual(config.readChannelConfig(changed), { ...config.readChannelConfig(wanted), sequence: 1 })

    const [last] = [...spec.orderer.consensus.consenters].reverse()
    assert.ok(last)
    if (count === 1) return
    const fewer =
      consensus === 'BFT' ? config.removeBftConsenter(changed, last) : config.removeRaftConsenter(changed, last)
    // A fresh Raft leader counts no follower as alive for some ticks, and then refuses to lose one more.
    await orderers.nodes[0]?.until('a consenter may go', () =>
      change(orderers, changed, fewer, [ordererAdmin]).then(
        () => true,
        (error: Error) => {
          assert.match(error.message, /quorum loss/)
          return false
        },
      ),
    )
    const reduced = config.readChannelConfig(await configAt(orderers, 2))
    assert.deepEqual(reduced, { ...config.readChannelConfig(fewer), sequence: 2 })
  })
}
