import { decodeError, PlatformError } from '@cello/model'
import type { Cancellable, LedgerAccess, LedgerNetwork, LedgerSession } from '@cello/ports'
import type { WorldForSessions } from '../world/world-api.ts'
import { installPackage, join, leaveOrderer, updateChannel } from './administering.ts'
import type { SessionContext } from './context.ts'
import {
  observeChannel,
  observeContracts,
  observeDiscovery,
  observeHeight,
  observeOrderer,
  observePeer,
} from './observing.ts'
import { Reach } from './reach.ts'
import { findTransaction, prepareApproval, prepareCommit, prepareInvoke, query, submit } from './transacting.ts'

/** Runs one method: lets the world count it and make it go wrong, before or after. */
export async function enter<T>(
  world: WorldForSessions,
  call: Cancellable & { readonly method: string; readonly about: readonly string[] },
  act: () => Promise<T>,
): Promise<T> {
  call.signal?.throwIfAborted()
  const { method, about, signal } = call
  const lost = await world.enter({ method, about, ...(signal && { signal }) })
  const result = await act()
  if (lost) throw decodeError(lost)
  return result
}

export interface SessionParts {
  readonly world: WorldForSessions
  readonly random: () => string
  readonly access: LedgerAccess
}

type Run = <T>(
  method: string,
  about: readonly string[],
  options: Cancellable | undefined,
  act: () => Promise<T>,
) => Promise<T>

type Observing =
  | 'observeOrderer'
  | 'observePeer'
  | 'observeHeight'
  | 'observeContractNode'
  | 'observeChannel'
  | 'observeContracts'
  | 'observeDiscovery'

export function openFakeSession({ world, random, access }: SessionParts, network: LedgerNetwork): LedgerSession {
  const reach = new Reach(network, access)
  const context: SessionContext = { world, reach, random }
  const run: Run = (method, about, options, act) =>
    enter(world, { method, about: [...about, reach.network.id], signal: options?.signal }, act)
  return {
    setNetwork(changed) {
      reach.network = changed
    },
    ...observingMethods(context, run),
    joinOrderer: (nodeId, channel, genesis, options) =>
      run('joinOrderer', [nodeId, channel], options, () =>
        join(context, 'orderer', { nodeId, channel, genesis }, options),
      ),
    leaveOrderer: (nodeId, channel, options) =>
      run('leaveOrderer', [nodeId, channel], options, () => leaveOrderer(context, nodeId, channel, options)),
    joinPeer: (nodeId, channel, genesis, options) =>
      run('joinPeer', [nodeId, channel], options, () => join(context, 'peer', { nodeId, channel, genesis }, options)),
    updateChannel: (channel, options) =>
      run('updateChannel', [channel.name], options, () => updateChannel(context, channel, options)),
    installPackage: (nodeId, pack, options) =>
      run('installPackage', [nodeId, pack.id], options, () => installPackage(context, nodeId, pack, options)),
    prepareApproval: (request, options) =>
      run('prepareApproval', [request.definition.channel, request.organization], options, () =>
        prepareApproval(context, request, options),
      ),
    prepareCommit: (request, options) =>
      run('prepareCommit', [request.definition.channel, request.organization], options, () =>
        prepareCommit(context, request, options),
      ),
    prepareInvoke: (request, options) =>
      run('prepareInvoke', [request.channel, request.contract], options, () =>
        prepareInvoke(context, request, options),
      ),
    submit: (prepared, options) =>
      run('submit', [prepared.channel, prepared.txId], options, () => submit(context, prepared, options)),
    findTransaction: (channel, txId, options) =>
      run('findTransaction', [channel, txId], options, () => findTransaction(context, channel, txId, options)),
    query: (request, options) =>
      run('query', [request.channel, request.contract], options, () => query(context, request, options)),
    chain: (channel, options) =>
      run('chain', [channel], options, async () => {
        const { number, hash, previousHash } = await tip(context, channel, options)
        return { height: number + 1, currentHash: hash, previousHash }
      }),
    block: (channel, number, options) =>
      run('block', [channel], options, async () => ({ ...(await block(context, channel, number, options)) })),
    trace: async () => {
      throw new PlatformError('UNSUPPORTED', { feature: 'a trace of a transaction', reason: 'only devnodes keep one' })
    },
    transaction: (channel, txId, options) =>
      run('transaction', [channel, txId], options, () => transactionOf(context, channel, txId, options)),
    async [Symbol.asyncDispose]() {},
  }
}

function observingMethods(context: SessionContext, run: Run): Pick<LedgerSession, Observing> {
  const { reach } = context
  return {
    observeOrderer: (id, options) => run('observeOrderer', [id], options, () => observeOrderer(context, id, options)),
    observePeer: (id, options) => run('observePeer', [id], options, () => observePeer(context, id, options)),
    observeHeight: (id, name, options) =>
      run('observeHeight', [id, name], options, () => observeHeight(context, id, name, options)),
    observeContractNode: (id, options) =>
      run('observeContractNode', [id], options, async () => {
        await reach.volume(reach.node(id), options)
        return { ready: true }
      }),
    observeChannel: (name, options) =>
      run('observeChannel', [name], options, () => observeChannel(context, name, options)),
    observeContracts: (name, names, options) =>
      run('observeContracts', [name], options, () => observeContracts(context, name, names, options)),
    observeDiscovery: (name, options) =>
      run('observeDiscovery', [name], options, () => observeDiscovery(context, name, options)),
  }
}

function tip({ world, reach }: SessionContext, channel: string, options?: Cancellable) {
  return reach.first(channel, reach.nodes('peer'), (volume) => world.tip({ volume, channel }), options)
}

function block({ world, reach }: SessionContext, channel: string, number: number, options?: Cancellable) {
  return reach.first(channel, reach.nodes('peer'), (volume) => world.block({ volume, channel, number }), options)
}

async function transactionOf(
  context: SessionContext,
  channel: string,
  txId: string,
  options?: Cancellable,
): Promise<Record<string, unknown>> {
  const status = await findTransaction(context, channel, txId, options)
  if (!status) throw new PlatformError('NOT_FOUND', { noun: 'transaction', id: txId })
  const { transactions } = await block(context, channel, status.block, options)
  return { ...transactions.find((entry) => entry.txId === txId), block: status.block }
}
