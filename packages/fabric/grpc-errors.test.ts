import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Metadata, status } from '@grpc/grpc-js'
import { gateway, google } from '@hyperledger/fabric-protos'
import anyPb from 'google-protobuf/google/protobuf/any_pb.js'
import { fromGrpcError } from './grpc-errors.ts'
import { localTls } from './testing/local-node.ts'

const endpoint = { ...localTls, host: '127.0.0.1', port: 1 }
const subject = { doing: 'endorse kv.get', channel: 'alpha' }

/** A failure as a Gateway tells it: the peers' own words are in its details. */
function failure(code: number, details: string, ...peers: readonly string[]) {
  const metadata = new Metadata()
  if (peers.length > 0) metadata.set('grpc-status-details-bin', Buffer.from(statusOf(peers).serializeBinary()))
  return Object.assign(new Error(details), { code, details, metadata })
}

function statusOf(peers: readonly string[]): google.rpc.Status {
  const told = new google.rpc.Status()
  told.setDetailsList(
    peers.map((message) => {
      const detail = new gateway.ErrorDetail()
      detail.setAddress('127.0.0.1:7051')
      detail.setMspId('Org1MSP')
      detail.setMessage(message)
      const packed = new anyPb.Any()
      packed.setValue(detail.serializeBinary())
      return packed
    }),
  )
  return told
}

const codeOf = (error: ReturnType<typeof failure>, deadline?: number) =>
  fromGrpcError(error, endpoint, subject, deadline).code

const failedToEndorse = 'failed to endorse transaction, see attached details for more info'

test('what a contract says of its own affairs is a refusal, in whatever words', () => {
  for (const words of [
    'the request already exists',
    'access denied',
    'channel does not exist',
    'sale not started yet',
  ]) {
    const said = `chaincode response 500, ${words}`
    assert.equal(codeOf(failure(status.ABORTED, failedToEndorse, said)), 'INVALID', words)
    const evaluated = `evaluate call to endorser returned error: ${said}`
    assert.equal(codeOf(failure(status.UNKNOWN, evaluated, said)), 'INVALID', words)
  }
  const denied = failure(status.ABORTED, failedToEndorse, 'chaincode response 500, no', 'access denied for [kv]')
  assert.equal(codeOf(denied), 'DENIED')
})

test('a peer of another organization that has just gone is waited for, as one that discovery no longer lists', () => {
  const refused =
    'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:7051: connect: connection refused"'
  const toldByOne = 'failed to collect enough transaction endorsements, see attached details for more info'
  assert.equal(codeOf(failure(status.ABORTED, toldByOne, refused)), 'NOT_READY')
})

test('a call that the node gave up is not one that its caller took back', () => {
  const reset = failure(status.CANCELLED, 'Call cancelled')
  assert.equal(codeOf(reset), 'UNREACHABLE')
  assert.equal(codeOf(reset, Date.now() + 60_000), 'UNREACHABLE')
  // Both ends keep the deadline, and the node's reset may be read before our own timer runs.
  assert.equal(codeOf(reset, Date.now()), 'DEADLINE_EXCEEDED')
})
