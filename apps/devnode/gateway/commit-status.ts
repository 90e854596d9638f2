import { decode } from '@cello/fabric/codec'
import { status } from '@grpc/grpc-js'
import { gateway } from '@hyperledger/fabric-protos'
import type { PeerChannel } from '../committing/peer-channel.ts'
import { validationCode } from '../deliver/filtered-block.ts'
import { askedChannel, type ChannelAccess } from './asked-channel.ts'
import { RpcError } from './rpc-error.ts'

export interface CommitStatusOptions extends ChannelAccess {
  readonly commits: Commits
}

interface Committed {
  readonly block: number
  readonly code: number
}

/** Says what became of a transaction, waiting for it if need be. @throws RpcError as Fabric's `CommitStatus` */
export async function commitStatus(
  options: CommitStatusOptions,
  signed: gateway.SignedCommitStatusRequest,
  signal: AbortSignal,
): Promise<gateway.CommitStatusResponse> {
  const request = read(signed)
  const identity = request.getIdentity_asU8()
  const channel = askedChannel(options, {
    channel: request.getChannelId(),
    resource: 'gateway/CommitStatus',
    by: { data: signed.getRequest_asU8(), identity, signature: signed.getSignature_asU8() },
  })
  const committed = await options.commits.of(channel, request.getTransactionId(), signal)
  const response = new gateway.CommitStatusResponse()
  response.setResult(validationCode(committed.code))
  response.setBlockNumber(committed.block)
  return response
}

function read(signed: gateway.SignedCommitStatusRequest): gateway.CommitStatusRequest {
  const refuse = (message: string) => new RpcError(status.INVALID_ARGUMENT, message)
  const bytes = signed.getRequest_asU8()
  if (bytes.length === 0) throw refuse('a commit status request is required')
  let request: gateway.CommitStatusRequest
  try {
    request = decode(gateway.CommitStatusRequest, bytes)
  } catch {
    throw refuse('invalid status request: proto: cannot parse invalid wire-format data')
  }
  if (request.getIdentity_asU8().length === 0) throw refuse('no identity provided')
  if (request.getChannelId() === '') throw refuse('no channel ID provided')
  if (request.getTransactionId() === '') throw refuse('transaction ID should not be empty')
  return request
}

/** Those who wait for transactions, each channel watched once. */
export interface Commits extends Disposable {
  /** @throws RpcError when the signal, or the end of the channel, comes first */
  of(channel: PeerChannel, txId: string, signal: AbortSignal): Promise<Committed>
}

export function openCommits(): Commits {
  const watched = new Map<PeerChannel, Watched>()
  const waitersOf = (channel: PeerChannel): Watched['waiters'] => {
    const known = watched.get(channel)
    if (known) return known.waiters
    const waiters: Watched['waiters'] = new Map()
    const stop = channel.onCommit(({ number, transactions }) => {
      for (const { txId, code } of transactions) {
        for (const resolve of waiters.get(txId) ?? []) resolve({ block: number, code })
        waiters.delete(txId)
      }
    })
    watched.set(channel, { waiters, stop })
    return waiters
  }
  return {
    of(channel, txId, signal) {
      const waiters = waitersOf(channel)
      const known = channel.state.transaction(txId)
      if (known) return Promise.resolve(known)
      return new Promise((resolve, reject) => {
        const own = waiters.get(txId) ?? new Set()
        waiters.set(txId, own)
        const stop = () => {
          own.delete(done)
          if (own.size === 0 && waiters.get(txId) === own) waiters.delete(txId)
          reject(new RpcError(status.DEADLINE_EXCEEDED, 'context deadline exceeded'))
        }
        const done = (committed: Committed) => {
          signal.removeEventListener('abort', stop)
          resolve(committed)
        }
        own.add(done)
        signal.addEventListener('abort', stop, { once: true })
        if (signal.aborted) stop()
      })
    },
    [Symbol.dispose]() {
      for (const { stop } of watched.values()) stop()
      watched.clear()
    },
  }
}

interface Watched {
  readonly waiters: Map<string, Set<(committed: Committed) => void>>
  readonly stop: () => void
}
