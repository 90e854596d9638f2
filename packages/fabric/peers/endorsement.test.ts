import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js'
import { peer } from '@hyperledger/fabric-protos'
import { openConnection } from '../connection.ts'
import { localSigner, startLocalNode } from '../testing/local-node.ts'
import { askPeer } from './endorsement.ts'

/** A refusal: from a contract it carries what was simulated, the peer's own does not. */
function refusal(message: string, simulated: Uint8Array): peer.ProposalResponse {
  const response = new peer.Response()
  response.setStatus(500)
  response.setMessage(message)
  const answer = new peer.ProposalResponse()
  answer.setResponse(response)
  answer.setPayload(simulated)
  return answer
}

test('what a contract says of its own affairs is a refusal, in whatever words; a system contract and the peer use Fabric’s', async () => {
  const simulated = new Uint8Array([1])
  const cases = [
    ['kv', 'the request already exists', simulated, 'INVALID'],
    ['kv', 'channel does not exist', simulated, 'INVALID'],
    ['kv', "channel 'alpha' not found", new Uint8Array(), 'NOT_FOUND'],
    ['qscc', 'access denied for [GetChainInfo][alpha]', simulated, 'DENIED'],
  ] as const
  for (const [contract, message, payload, code] of cases) {
    await using node = await startLocalNode((server) =>
      server.addService(peer.EndorserService, {
        processProposal: (_: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<peer.ProposalResponse>) =>
          answer(null, refusal(message, payload)),
      }),
    )
    await using connection = openConnection(node.endpoint)
    const invocation = { channel: 'alpha', contract, args: ['f'], doing: 'ask' }
    await assert.rejects(askPeer(connection, localSigner(), invocation), { code }, message)
  }
})
