import { connect } from 'node:net'
import { nodeRef, PlatformError } from '@cello/model'
import type { Cancellable } from '@cello/ports'
import { nodeById } from '../channel-definition.ts'
import type { Connections } from './connections.ts'

/** Milliseconds: a contract on the same machine answers at once or not at all. */
const dialMs = 2_000

/** A contract says nothing of its own health: that it takes connections is all that can be seen. */
export async function observeContractNode(
  connections: Connections,
  nodeId: string,
  { signal }: Cancellable = {},
): Promise<{ readonly ready: boolean }> {
  const node = nodeRef(nodeById(connections.network, nodeId).record)
  const address = await connections.serviceAddress(nodeId)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const deadline = AbortSignal.timeout(dialMs)
  const socket = connect({ ...address, signal: signal ? AbortSignal.any([signal, deadline]) : deadline })
  socket.once('connect', resolve).once('error', (cause) => {
    reject(new PlatformError('NODE_UNREACHABLE', { node, detail: cause.message }, { cause }))
  })
  try {
    await promise
    return { ready: true }
  } finally {
    socket.destroy()
  }
}
