/** Bytes that are no message, on every call; calls that there are not. */
import { randomBytes } from 'node:crypto'
import type { Client } from '@grpc/grpc-js'
import { discovery, gateway, orderer, peer } from '@hyperledger/fabric-protos'
import type { Scenario, Seen } from '../agreement/scenario.ts'
import { failureOf, type World } from './world.ts'

const bytes = (it: Buffer): Buffer => it

/** Sends bytes on a call as if it were one of both directions, which any call can be taken for. */
function raw(client: Client, path: string, body: Buffer): Promise<Seen> {
  return new Promise((resolve) => {
    const call = client.makeBidiStreamRequest(path, bytes, bytes, { deadline: Date.now() + 60_000 })
    const answers: string[] = []
    call.on('data', (answer: Buffer) => answers.push(answer.toString('hex')))
    call.on('error', (error: Parameters<typeof failureOf>[0]) => resolve({ answers, code: failureOf(error).code }))
    call.on('end', () => setImmediate(resolve, { answers, code: 'OK' }))
    call.write(body)
    call.end()
  })
}

const rubbish = Buffer.from('ffffffffff', 'hex')

const methods = {
  'Endorser/ProcessProposal': peer.EndorserService.processProposal.path,
  'Deliver/Deliver': peer.DeliverService.deliver.path,
  'Deliver/DeliverFiltered': peer.DeliverService.deliverFiltered.path,
  'Deliver/DeliverWithPrivateData': peer.DeliverService.deliverWithPrivateData.path,
  'Gateway/Evaluate': gateway.GatewayService.evaluate.path,
  'Gateway/Endorse': gateway.GatewayService.endorse.path,
  'Gateway/Submit': gateway.GatewayService.submit.path,
  'Gateway/CommitStatus': gateway.GatewayService.commitStatus.path,
  'Gateway/ChaincodeEvents': gateway.GatewayService.chaincodeEvents.path,
  'Discovery/Discover': discovery.DiscoveryService.discover.path,
}

const atPeer =
  (path: string, body = rubbish) =>
  (world: World): Promise<Seen> =>
    raw(world.peer(1).connection.client, path, body)
const atOrderer =
  (path: string, body = rubbish) =>
  (world: World): Promise<Seen> =>
    raw(world.network.orderer.connection.client, path, body)

export const wireScenarios: readonly Scenario<World>[] = [
  ...Object.entries(methods).map(([name, path]): Scenario<World> => [`rubbish on ${name}`, atPeer(path)]),
  ['rubbish on AtomicBroadcast/Broadcast', atOrderer(orderer.AtomicBroadcastService.broadcast.path)],
  ['rubbish on AtomicBroadcast/Deliver', atOrderer(orderer.AtomicBroadcastService.deliver.path)],
  ['an unknown service', atPeer('/nobody.Knows/This')],
  ['an unknown method of a service', atPeer('/gateway.Gateway/Everything')],
  ['an orderer’s service at a peer', atPeer(orderer.AtomicBroadcastService.broadcast.path)],
  ['a peer’s service at an orderer', atOrderer(peer.EndorserService.processProposal.path)],
  [
    'a proposal of a megabyte of nothing',
    (world) =>
      raw(
        world.peer(1).connection.client,
        peer.EndorserService.processProposal.path,
        Buffer.concat([Buffer.from([0x0a, 0x80, 0x80, 0x40]), randomBytes(2 ** 20)]),
      ),
  ],
]
