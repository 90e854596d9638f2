/** Snapshots of a channel, and what is left of Fabric 1. */
import type { Signer } from '@cello/fabric'
import { newNonce, serializedIdentity, signatureHeader } from '@cello/fabric/codec'
import { peer } from '@hyperledger/fabric-protos'
import type { Scenario, Seen } from '../agreement/scenario.ts'
import { askSystem } from './system.ts'
import { unary, type World } from './world.ts'

const { SnapshotService } = peer

async function signed(message: { serializeBinary(): Uint8Array }, by: Signer): Promise<peer.SignedSnapshotRequest> {
  const request = new peer.SignedSnapshotRequest()
  request.setRequest(message.serializeBinary())
  request.setSignature(await by.sign(message.serializeBinary()))
  return request
}

const headerOf = (by: Signer) => signatureHeader(serializedIdentity(by), newNonce())

const admin = (world: World): Signer => world.organization(1).admin

/** A snapshot at a block that is far away, wanted or given up. */
const asked =
  (name: 'generate' | 'cancel', block: number, by: (world: World) => Signer = admin) =>
  async (world: World): Promise<Seen> => {
    const message = new peer.SnapshotRequest()
    message.setSignatureHeader(headerOf(by(world)))
    message.setChannelId(world.channel)
    message.setBlockNumber(block)
    world.reached.add(`Snapshot/${name}`)
    const request = await signed(message, by(world))
    const outcome = await unary(world.peer(1).connection.client, SnapshotService[name], request)
    return 'failed' in outcome ? { code: outcome.failed.code, details: outcome.failed.details } : { code: 'OK' }
  }

const pending =
  (by: (world: World) => Signer = admin) =>
  async (world: World): Promise<Seen> => {
    const message = new peer.SnapshotQuery()
    message.setSignatureHeader(headerOf(by(world)))
    message.setChannelId(world.channel)
    world.reached.add('Snapshot/queryPendings')
    const request = await signed(message, by(world))
    const outcome = await unary(world.peer(1).connection.client, SnapshotService.queryPendings, request)
    if ('failed' in outcome) return { code: outcome.failed.code, details: outcome.failed.details }
    return { code: 'OK', blocks: outcome.answer.getBlockNumbersList() }
  }

export const snapshotScenarios: readonly Scenario<World>[] = [
  ['a snapshot is wanted', asked('generate', 90_000)],
  ['the snapshots that are wanted', pending()],
  ['the snapshots that are wanted, for a member', pending((world) => world.user)],
  ['a snapshot is no longer wanted', asked('cancel', 90_000)],
  ['a join by a snapshot that is not there', (world) => askSystem(world, ['cscc', 'JoinChainBySnapshot', '/nowhere'])],
  ['a join by no snapshot', (world) => askSystem(world, ['cscc', 'JoinChainBySnapshot', ''])],
  [
    'the lifecycle of Fabric 1',
    (world) => askSystem(world, ['lscc', 'getchaincodes'], undefined, { channel: world.channel }),
  ],
]
