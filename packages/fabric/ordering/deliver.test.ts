import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServerDuplexStream } from '@grpc/grpc-js'
import { common, orderer } from '@hyperledger/fabric-protos'
import { openConnection } from '../connection.ts'
import { localSigner, startLocalNode } from '../testing/local-node.ts'
import { blockFromOrderer } from './deliver.ts'

type DeliverCall = ServerDuplexStream<common.Envelope, orderer.DeliverResponse>

test('a range that is none is refused here, one that the node refuses without a word with what its reason can be', async () => {
  await using node = await startLocalNode((server) =>
    server.addService(orderer.AtomicBroadcastService, {
      broadcast: () => undefined,
      deliver: (call: DeliverCall) => {
        const answer = new orderer.DeliverResponse()
        answer.setStatus(common.Status.BAD_REQUEST)
        call.write(answer)
        call.end()
      },
    }),
  )
  await using connection = openConnection(node.endpoint)
  const read = (block: number) => blockFromOrderer(connection, localSigner(), { channel: 'alpha', block })
  for (const number of [-1, 1.5]) await assert.rejects(read(number), { code: 'INVALID', message: /no block number/ })
  // As where the clocks differ by more than 15 minutes (common/deliver validateChannelHeader).
  await assert.rejects(read(0), { code: 'INVALID', message: /clock/ })
})
