import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js'
import { common, gateway, peer } from '@hyperledger/fabric-protos'
import { type Connection, openConnection } from '../connection.ts'
import { FabricError } from '../errors.ts'
import { localSigner, startLocalNode } from '../testing/local-node.ts'
import { commitOf } from './commit.ts'
import { openGateway } from './gateway.ts'
import { handToOrdering, resume, submitAndWait } from './submit.ts'

const { VALID, MVCC_READ_CONFLICT, DUPLICATE_TXID } = peer.TxValidationCode
type Verdict = peer.TxValidationCodeMap[keyof peer.TxValidationCodeMap]
type Refusal = { readonly code: number; readonly details: string }

/**
 * What a peer does in these tests: each list is used up from the front, its last element again and again; that of
 * statuses with each transaction that is submitted.
 */
interface Script {
  readonly submit?: readonly (Refusal | 'accept' | 'silence')[]
  readonly status?: readonly (Verdict | 'silence')[]
  /** The verdict that the ledger holds; absent: no such transaction. */
  readonly ledger?: Verdict
}

const signer = localSigner()
const transaction = { channel: 'alpha', transactionId: 'tx1', envelope: new common.Envelope().serializeBinary() }
const noLeader = { code: status.UNAVAILABLE, details: 'no orderers could successfully process transaction' }
const hasCode = (code: string) => (error: unknown) => error instanceof FabricError && error.code === code

async function withPeer(script: Script, use: (connection: Connection, counts: Counts) => Promise<void>): Promise<void> {
  const counts = { submit: 0, status: 0, ledger: 0 }
  await using node = await startLocalNode((server) => {
    server.addService(gateway.GatewayService, {
      endorse: () => undefined,
      chaincodeEvents: () => undefined,
      evaluate: (_: unknown, answer: sendUnaryData<gateway.EvaluateResponse>) => {
        const response = new peer.Response()
        response.setPayload(new Uint8Array([7]))
        const message = new gateway.EvaluateResponse()
        message.setResult(response)
        setTimeout(() => answer(null, message), 40)
      },
      submit: (_: unknown, answer: sendUnaryData<gateway.SubmitResponse>) => {
        const next = at(script.submit, counts.submit++)
        if (next === 'silence') return
        if (next === undefined || next === 'accept') answer(null, new gateway.SubmitResponse())
        else answer(next)
      },
      commitStatus: (_: unknown, answer: sendUnaryData<gateway.CommitStatusResponse>) => {
        counts.status++
        const next = at(script.status, Math.max(0, counts.submit - 1))
        if (next === 'silence') return
        const message = new gateway.CommitStatusResponse()
        message.setResult(next ?? VALID)
        message.setBlockNumber(5)
        answer(null, message)
      },
    })
    server.addService(peer.EndorserService, {
      processProposal: (
        _: ServerUnaryCall<peer.SignedProposal, unknown>,
        answer: sendUnaryData<peer.ProposalResponse>,
      ) => {
        counts.ledger++
        answer(null, ledgerAnswer(script.ledger))
      },
    })
  })
  await using connection = openConnection(node.endpoint)
  await use(connection, counts)
}

interface Counts {
  readonly submit: number
  readonly status: number
  readonly ledger: number
}

function at<T>(items: readonly T[] | undefined, index: number): T | undefined {
  return items?.[Math.min(index, items.length - 1)]
}

function ledgerAnswer(verdict: Verdict | undefined): peer.ProposalResponse {
  const response = new peer.Response()
  if (verdict === undefined) {
    response.setStatus(500)
    response.setMessage('Failed to get transaction with id tx1, error no such transaction ID [tx1] in index')
  } else {
    const found = new peer.ProcessedTransaction()
    found.setValidationcode(verdict)
    response.setStatus(200)
    response.setPayload(found.serializeBinary())
  }
  const answer = new peer.ProposalResponse()
  answer.setResponse(response)
  return answer
}

test('a missing leader is waited out with the same envelope', () =>
  withPeer({ submit: [noLeader, noLeader, 'accept'] }, async (connection, counts) => {
    await handToOrdering(connection, transaction)
    assert.equal(counts.submit, 3)
  }))

test('an envelope that an orderer has already is no error', () =>
  withPeer(
    { submit: [{ code: status.UNAVAILABLE, details: 'failed to submit request: request already exists' }] },
    (connection) => handToOrdering(connection, transaction),
  ))

test('a refusal that waiting does not cure is passed on at once', () =>
  withPeer({ submit: [{ code: status.ABORTED, details: 'permission denied' }] }, async (connection, counts) => {
    await assert.rejects(handToOrdering(connection, transaction), hasCode('DENIED'))
    assert.equal(counts.submit, 1)
  }))

test('an accepted envelope that no block brings is sent again', () =>
  withPeer({ status: ['silence', VALID] }, async (connection, counts) => {
    const commit = await submitAndWait(connection, signer, transaction, { resendAfterMs: 1_000 })
    assert.deepEqual(commit, { channel: 'alpha', transactionId: 'tx1', blockNumber: 5, validationCode: 'VALID' })
    // More than twice where the second answer took longer than the patience, on a machine that stood still meanwhile.
    assert.ok(counts.submit >= 2, `${counts.submit} times`)
  }))

test('a verdict other than VALID is COMMIT_FAILED with the code', () =>
  withPeer({ status: [MVCC_READ_CONFLICT] }, async (connection) => {
    await assert.rejects(submitAndWait(connection, signer, transaction), (error) => {
      assert.ok(error instanceof FabricError)
      assert.deepEqual(
        [error.code, error.facts.status, error.facts.transactionId],
        ['COMMIT_FAILED', 'MVCC_READ_CONFLICT', 'tx1'],
      )
      assert.match(error.message, /channel alpha\)\. Another transaction changed what this one read/)
      return true
    })
  }))

test('of a transaction that was ordered twice the first verdict counts', () =>
  withPeer({ status: [DUPLICATE_TXID], ledger: VALID }, async (connection) => {
    assert.equal((await commitOf(connection, signer, transaction)).validationCode, 'VALID')
  }))

test('resume asks the ledger first and sends nothing that is there', async () => {
  await withPeer({ ledger: VALID }, async (connection, counts) => {
    assert.equal((await resume(connection, signer, transaction)).blockNumber, 5)
    assert.equal(counts.submit, 0)
  })
  await withPeer({ ledger: MVCC_READ_CONFLICT, status: [MVCC_READ_CONFLICT] }, async (connection, counts) => {
    await assert.rejects(resume(connection, signer, transaction), hasCode('COMMIT_FAILED'))
    assert.equal(counts.submit, 0)
  })
  await withPeer({}, async (connection, counts) => {
    assert.equal((await resume(connection, signer, transaction)).validationCode, 'VALID')
    assert.deepEqual(counts, { submit: 1, status: 1, ledger: 1 })
  })
})

test('a wait that ends without a commit can be resumed later', () =>
  withPeer({ status: ['silence'] }, async (connection) => {
    const wait = submitAndWait(connection, signer, transaction, { timeoutMs: 120, resendAfterMs: 50 })
    await assert.rejects(wait, hasCode('DEADLINE_EXCEEDED'))
  }))

test('a call of the official library obeys our signal and deadline', () =>
  withPeer({}, async (connection) => {
    const client = openGateway(connection, signer)
    const call = { channel: 'alpha', contract: 'kv', name: 'get', args: ['a'] }
    const abort = new AbortController()
    assert.deepEqual(await client.evaluate(call, { signal: abort.signal }), new Uint8Array([7]))
    const waiting = client.evaluate(call, { signal: abort.signal })
    setTimeout(() => abort.abort(), 10)
    await assert.rejects(waiting, hasCode('CANCELLED'))
    await assert.rejects(client.evaluate(call, { timeoutMs: 5 }), hasCode('DEADLINE_EXCEEDED'))
  }))
