import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js'
import { peer } from '@hyperledger/fabric-protos'
import { openConnection } from '../connection.ts'
import { localSigner, startLocalNode } from '../testing/local-node.ts'
import { prepareCommit } from './commit.ts'
import { type ContractDefinition, fillDefinition } from './definition.ts'

const definition: ContractDefinition = {
  name: 'kv',
  version: '1',
  sequence: 1,
  endorsementPolicy: { signature: "AND('Org1MSP.peer')" },
}

function answerOf(status: number, message: string, payload: Uint8Array = new Uint8Array()): peer.ProposalResponse {
  const response = new peer.Response()
  response.setStatus(status)
  response.setMessage(message)
  response.setPayload(payload)
  const answer = new peer.ProposalResponse()
  answer.setResponse(response)
  return answer
}

function functionOf(signed: peer.SignedProposal): string {
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8())
  const payload = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8())
  const spec = peer.ChaincodeInvocationSpec.deserializeBinary(payload.getInput_asU8()).getChaincodeSpec()
  return Buffer.from(spec?.getInput()?.getArgsList_asU8()[0] ?? []).toString()
}

/** A peer by what its `_lifecycle` answers. */
function startPeer(answers: Readonly<Record<string, peer.ProposalResponse>>) {
  return startLocalNode((server) =>
    server.addService(peer.EndorserService, {
      processProposal: (
        { request }: ServerUnaryCall<peer.SignedProposal, unknown>,
        answer: sendUnaryData<peer.ProposalResponse>,
      ) => answer(null, answers[functionOf(request)] ?? answerOf(500, 'no such function')),
    }),
  )
}

test('that a definition is committed already is asked of the peer that says so, not of one that is behind', async () => {
  const asked = fillDefinition(new peer.lifecycle.CommitChaincodeDefinitionArgs(), definition)
  const held = new peer.lifecycle.QueryChaincodeDefinitionResult()
  held.setValidationParameter(asked.getValidationParameter_asU8())
  held.setVersion('1')
  held.setSequence(1)
  await using behind = await startPeer({
    CommitChaincodeDefinition: answerOf(200, ''),
    QueryChaincodeDefinition: answerOf(404, 'namespace kv is not defined'),
  })
  await using ahead = await startPeer({
    CommitChaincodeDefinition: answerOf(500, 'requested sequence is 1, but new definition must be sequence 2'),
    QueryChaincodeDefinition: answerOf(200, '', held.serializeBinary()),
  })
  await using first = openConnection({ ...behind.endpoint, node: 'behind' })
  await using second = openConnection({ ...ahead.endpoint, node: 'ahead' })
  const what = { channel: 'alpha', definition }
  await assert.rejects(prepareCommit([first, second], localSigner(), what), { code: 'ALREADY_DONE' })
})
