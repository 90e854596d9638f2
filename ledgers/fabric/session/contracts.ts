import { FabricError } from '@cello/fabric'
import {
  approvedDefinition,
  committedDefinitions,
  prepareApproval as fabricApproval,
  prepareCommit as fabricCommit,
} from '@cello/fabric/lifecycle'
import { chainInfo, type SignedTransaction } from '@cello/fabric/peers'
import type { ApprovalRequest, Cancellable, CommitRequest, ObservedContract, PreparedTransaction } from '@cello/ports'
import { isDone, toPlatformError } from '../errors.ts'
import { fromFabric, toFabric } from '../policies.ts'
import { askAnyPeer } from './channels.ts'
import type { Connections } from './connections.ts'
import { noteNew } from './never-sent.ts'
import { type Asked, askAs, isRunningPeer, limitsOf } from './nodes.ts'
import { peersByHeight } from './peer-order.ts'

/** What is committed, and what each organization with a peer has approved of the named contracts. */
export async function observeContracts(
  connections: Connections,
  channel: string,
  names: readonly string[],
  options: Cancellable = {},
): Promise<ObservedContract[]> {
  const limits = limitsOf(options)
  const [definitions, approved] = await Promise.all([
    askAnyPeer(
      connections,
      channel,
      ({ connection, signer }) => committedDefinitions(connection, signer, channel, limits),
      options,
    ),
    Promise.all(names.map(async (name) => [name, await approvals(connections, channel, name, options)] as const)),
  ])
  const committed = new Map(definitions.map((definition) => [definition.name, fromFabric(channel, definition)]))
  const approvalsOf = new Map(approved)
  return [...new Set([...names, ...committed.keys()])].map((name) => ({
    name,
    committed: committed.get(name),
    approvals: approvalsOf.get(name) ?? [],
  }))
}

async function approvals(
  connections: Connections,
  channel: string,
  name: string,
  options: Cancellable,
): Promise<ObservedContract['approvals']> {
  const found = await Promise.all(
    organizationsWithPeers(connections).map(async (organization) => {
      const ask = ({ connection, signer }: Asked) =>
        approvedDefinition(connection, signer, { channel, name }, limitsOf(options))
      try {
        const { definition, packageId } = await askAnyPeer(connections, channel, ask, {
          organization,
          signal: options.signal,
        })
        return [{ organization, definition: fromFabric(channel, definition), packageId }]
      } catch {
        // Nothing approved, or nobody to ask: both mean that an approval has still to be seen.
        options.signal?.throwIfAborted()
        return []
      }
    }),
  )
  return found.flat()
}

/**
 * Made at a peer of the approving organization, by its administrator; its other peers that have the channel simulate it
 * too, and so need nobody for its private part when its block comes.
 */
export async function prepareApproval(
  connections: Connections,
  request: ApprovalRequest,
  options: Cancellable = {},
): Promise<PreparedTransaction | undefined> {
  const { organization, definition, packageId } = request
  const { channel } = definition
  return unlessDone(() =>
    atAnyPeer(connections, { channel, organization }, options, async ({ nodeId, connection, signer }) => {
      const peers = peersByHeight(connections, channel, organization)
      const all = await Promise.all(peers.map(({ record }) => connections.service(record.id)))
      const alsoAt = all.filter((other) => other !== connection)
      const input = { channel, definition: toFabric(definition), ...(packageId !== undefined && { packageId }) }
      const limits = { ...limitsOf(options), timeoutMs: 15_000, alsoAt }
      const signed = await fabricApproval(connection, signer, input, limits)
      connections.heights.noteAtLeast(nodeId, channel, 1)
      return prepared([{ nodeId }], signed)
    }),
  )
}

/** Endorsed by one peer of every organization that has one: the channel asks for a majority of them. */
export async function prepareCommit(
  connections: Connections,
  request: CommitRequest,
  options: Cancellable = {},
): Promise<PreparedTransaction | undefined> {
  const { channel } = request.definition
  const endorsers = await Promise.all(
    organizationsWithPeers(connections).map((organization) => answering(connections, organization, channel, options)),
  )
  const present = endorsers.flatMap((asked) => asked ?? [])
  return unlessDone(async () => {
    const signer = await connections.admin(request.organization)
    const what = { channel, definition: toFabric(request.definition) }
    const peers = present.map(({ connection }) => connection)
    const signed = await fabricCommit(peers, signer, what, { ...limitsOf(options), timeoutMs: 15_000 })
    return prepared(present, signed)
  })
}

/** A peer of the organization that has the channel and answers now. */
export async function answering(
  connections: Connections,
  organization: string,
  channel: string,
  options: Cancellable,
): Promise<Asked | undefined> {
  for (const { record } of peersByHeight(connections, channel, organization)) {
    const asked = await askAs(connections, record.id)
    const answers = await chainInfo(asked.connection, asked.signer, channel, {
      ...limitsOf(options),
      timeoutMs: 2_000,
    }).then(
      () => true,
      () => false,
    )
    if (answers) return asked
  }
  return undefined
}

export function organizationsWithPeers({ network }: Connections): string[] {
  return [
    ...new Set(network.nodes.filter(({ record }) => isRunningPeer(record)).map(({ record }) => record.organization)),
  ]
}

/** @param endorsers the first one is asked to send it on: it surely has the channel */
export function prepared(
  [first]: readonly Pick<Asked, 'nodeId'>[],
  { channel, transactionId, envelope }: SignedTransaction,
): PreparedTransaction {
  if (first) noteNew(transactionId, first.nodeId)
  return { channel, txId: transactionId, envelope }
}

const passedOver: ReadonlySet<string> = new Set(['UNREACHABLE', 'NOT_FOUND'])

/** Only a peer that does not answer or is not of the channel is passed over for the next: a refusal is the same at all of them. */
async function atAnyPeer<T>(
  connections: Connections,
  { channel, organization }: { readonly channel: string; readonly organization: string },
  options: Cancellable,
  ask: (asked: Asked) => Promise<T>,
): Promise<T> {
  let last: unknown = new FabricError('UNREACHABLE', `No peer of ${organization} runs`)
  for (const { record } of peersByHeight(connections, channel, organization)) {
    try {
      return await ask(await askAs(connections, record.id))
    } catch (error) {
      options.signal?.throwIfAborted()
      last = error
      if (!(error instanceof FabricError && passedOver.has(error.code))) throw error
    }
  }
  throw last
}

async function unlessDone(prepare: () => Promise<PreparedTransaction>): Promise<PreparedTransaction | undefined> {
  try {
    return await prepare()
  } catch (error) {
    if (isDone(error)) return undefined
    throw toPlatformError(error)
  }
}
