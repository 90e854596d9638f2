import { FabricError, validationCodeName } from '@cello/fabric'
import { type ContractCall, openGateway, resume, submitAndWait } from '@cello/fabric/gateway'
import { prepareInit } from '@cello/fabric/lifecycle'
import { blockFromPeer, findTransaction as find } from '@cello/fabric/peers'
import { poll } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { Cancellable, CommitStatus, InvokeRequest, PreparedTransaction } from '@cello/ports'
import { toPlatformError } from '../errors.ts'
import { askAnyPeer } from './channels.ts'
import type { Connections } from './connections.ts'
import { answering, organizationsWithPeers, prepared } from './contracts.ts'
import { takeNew } from './never-sent.ts'
import { type Asked, limitsOf, observeHeight } from './nodes.ts'
import { peersByHeight } from './peer-order.ts'

/** Milliseconds that a query waits for a peer to have what was committed. */
const catchUpMs = 2_000

/** Milliseconds that a commit is waited for: Fabric's BatchTimeout is at most seconds, an election a few more. */
const commitMs = 30_000

export async function prepareInvoke(connections: Connections, request: InvokeRequest, options: Cancellable = {}) {
  return calling(request, async () => {
    if (request.init) return prepareFirst(connections, request, options)
    const asked = await caller(connections, request)
    const { connection, signer } = asked
    const { result, ...signed } = await openGateway(connection, signer).endorse(callOf(request), {
      ...limitsOf(options),
      timeoutMs: 30_000,
    })
    return { ...prepared([asked], signed), result }
  })
}

export async function query(
  connections: Connections,
  request: InvokeRequest,
  options: Cancellable = {},
): Promise<Uint8Array> {
  return calling(request, async () => {
    const { connection, signer } = await caller(connections, request)
    await catchUp(connections, request, options)
    return openGateway(connection, signer).evaluate(callOf(request), { ...limitsOf(options), timeoutMs: 30_000 })
  })
}

/** One envelope, one effect, however often this is called for it. */
export async function submit(
  connections: Connections,
  transaction: PreparedTransaction,
  options: Cancellable = {},
): Promise<CommitStatus> {
  const { channel, txId, envelope } = transaction
  const signed = { channel, transactionId: txId, envelope }
  const first = takeNew(txId)
  const send = first === undefined ? resume : submitAndWait
  try {
    const commit = await askAnyPeer(
      connections,
      channel,
      async ({ nodeId, connection, signer }) => {
        const told = await send(connection, signer, signed, { ...limitsOf(options), timeoutMs: commitMs })
        connections.heights.noteAtLeast(nodeId, channel, told.blockNumber + 1)
        return told
      },
      { ...options, first },
    )
    connections.heights.noteCommit(channel, commit.blockNumber)
    return { txId, valid: true, status: commit.validationCode, block: commit.blockNumber }
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!(error instanceof PlatformError) || error.code !== 'COMMIT_FAILED') throw error
    const found = await findTransaction(connections, channel, txId, options)
    if (found) return found
    throw error
  }
}

export async function findTransaction(
  connections: Connections,
  channel: string,
  txId: string,
  options: Cancellable = {},
): Promise<CommitStatus | undefined> {
  const limits = limitsOf(options)
  return askAnyPeer(
    connections,
    channel,
    async ({ connection, signer }) => {
      const found = await find(connection, signer, { channel, transactionId: txId }, limits)
      if (!found) return undefined
      const block = await blockFromPeer(connection, signer, { channel, transactionId: txId }, limits)
      const status = validationCodeName(found.validationCode)
      return { txId, valid: status === 'VALID', status, block: block.getHeader()?.getNumber() ?? 0 }
    },
    options,
  )
}

/** A contract with `initRequired` refuses all else before this; every organization that runs it endorses. */
async function prepareFirst(connections: Connections, request: InvokeRequest, options: Cancellable) {
  const { channel, contract, function: name, args } = request
  const signer = await connections.signer(request.organization, request.subject, request.certificate)
  const endorsers = await Promise.all(
    organizationsWithPeers(connections).map((org) => answering(connections, org, channel, options)),
  )
  const present = endorsers.flatMap((asked) => asked ?? [])
  const signed = await prepareInit(
    present.map(({ connection }) => connection),
    signer,
    { channel, contract, name, args },
    { ...limitsOf(options), timeoutMs: 30_000 },
  )
  return { ...prepared(present, signed), result: new Uint8Array() }
}

/**
 * Who wrote reads what it wrote: a commit is told by whichever peer has the block first, and the peer that is asked may be
 * some milliseconds behind. A peer that stays behind is asked all the same.
 */
async function catchUp(connections: Connections, { channel, organization }: InvokeRequest, options: Cancellable) {
  const { heights } = connections
  const [peer] = peersByHeight(connections, channel, organization)
  if (!peer || heights.of(peer.record.id, channel) >= heights.committed(channel)) return
  await poll(async () => (await hasCommitted(connections, peer.record.id, channel, options)) || undefined, {
    timeoutMs: catchUpMs,
    everyMs: 10,
    signal: options.signal,
  })
}

async function hasCommitted(connections: Connections, nodeId: string, channel: string, options: Cancellable) {
  try {
    const height = await observeHeight(connections, nodeId, channel, options)
    return height === undefined || height >= connections.heights.committed(channel)
  } catch {
    // The query itself tells what is wrong.
    options.signal?.throwIfAborted()
    return true
  }
}

/** A running peer of the caller's organization, with the caller's own identity. */
async function caller(connections: Connections, request: InvokeRequest): Promise<Asked> {
  const [peer] = peersByHeight(connections, request.channel, request.organization)
  if (!peer)
    throw new PlatformError('NODE_UNREACHABLE', { node: request.organization, detail: 'it has no running peer' })
  const [connection, signer] = await Promise.all([
    connections.service(peer.record.id),
    connections.signer(request.organization, request.subject, request.certificate),
  ])
  return { nodeId: peer.record.id, connection, signer }
}

function callOf({ channel, contract, function: name, args, transient }: InvokeRequest): ContractCall {
  const bytes = Object.entries(transient ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const)
  return { channel, contract, name, args, ...(transient && { transient: Object.fromEntries(bytes) }) }
}

/** A refusal while a contract is called is the contract's own. */
async function calling<T>(request: InvokeRequest, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof FabricError && error.code === 'INVALID') {
      throw new PlatformError(
        'CONTRACT_ERROR',
        { detail: contractsOwnWords(error.message), contract: request.contract },
        { cause: error },
      )
    }
    throw toPlatformError(error)
  }
}

/**
 * Gateways wrap a contract's message in their own, once for each peer that they asked: `… chaincode response 500, WORDS; …`.
 * Of any other message, all but the node and its next step.
 */
function contractsOwnWords(message: string): string {
  const [, words] = /chaincode response \d+, (.+?)(?:; \S+:\d+ \(|; \S+:\d+ |\s\(node |$)/s.exec(message) ?? []
  return words?.replace(/\.$/, '') ?? message.replace(/ \(node .*$/s, '')
}
