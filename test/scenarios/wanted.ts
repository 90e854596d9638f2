import assert from 'node:assert/strict'
import { join } from 'node:path'
import { poll } from '@cello/kit'
import { type NetworkSpec, type NetworkSpecInput, NodeName } from '@cello/model'
import type { Client } from '@cello/sdk'
import { packFolder } from '@cello/server/demo/pack-folder'
import type { TestRuntime } from '../runtimes.ts'
import type { Cello } from './cello.ts'

export type Operation = Awaited<ReturnType<Client['operations']['get']>>

/** 3 Raft orderers or the devnode's one, 2 organizations with one peer each, one channel. */
export function smallNetwork(
  name: string,
  { orderers }: Pick<TestRuntime, 'orderers'>,
  more: Partial<NetworkSpecInput> = {},
): NetworkSpecInput {
  return {
    name,
    organizations: [
      { name: 'Orderer', orderers: orderers.map((orderer) => ({ name: orderer })) },
      { name: 'Org1', peers: [{ name: 'peer0' }] },
      { name: 'Org2', peers: [{ name: 'peer0' }] },
    ],
    channels: [{ name: 'main' }],
    ...more,
  }
}

/** 1 orderer, 1 organization with one peer: where more of them would show nothing more. */
export function tinyNetwork(name: string): NetworkSpecInput {
  return {
    name,
    organizations: [
      { name: 'Orderer', orderers: [{ name: 'orderer0' }] },
      { name: 'Org1', peers: [{ name: 'peer0' }] },
    ],
    channels: [{ name: 'main' }],
  }
}

/** Waits for the end of what was begun. */
export async function ended({ client }: Cello, begun: Promise<Operation>): Promise<Operation> {
  return client.waitForOperation((await begun).id, { signal: AbortSignal.timeout(240_000) })
}

/** Waits for the end of what was begun, which must be a good one. */
export async function succeeded(cello: Cello, begun: Promise<Operation>): Promise<Operation> {
  const operation = await ended(cello, begun)
  assert.equal(operation.state, 'succeeded', JSON.stringify({ ...operation, steps: unfinished(operation) }, null, 1))
  return operation
}

const unfinished = ({ steps }: Operation) => steps.filter(({ state }) => state !== 'done')

export const steps = (operation: Operation, kind: string): number =>
  operation.steps.filter((step) => step.kind === kind).length

/** Reads the document, edits it and applies it, as a user would with an editor. */
export async function change(cello: Cello, network: string, edit: (spec: NetworkSpec) => unknown): Promise<Operation> {
  const { network: read, etag } = await cello.client.readNetwork(network)
  const body = structuredClone(read.spec)
  edit(body)
  return succeeded(cello, cello.client.networks.apply({ params: { network }, body, ifMatch: etag }))
}

/** A node as a document names it. */
export function nodeNamed(name: string): NetworkSpec['organizations'][number]['peers'][number] {
  return { name: NodeName.parse(name), run: 'ours' }
}

const examples = join(import.meta.dirname, '../../examples/contracts')

/** Uploads one of the example contracts. @returns its digest */
export async function upload(cello: Cello, example: 'assets' | 'smallest', version?: string): Promise<string> {
  const query = version === undefined ? {} : { version }
  const { digest } = await cello.client.packages.upload({ query, body: await packFolder(join(examples, example)) })
  return digest
}

/** Calls of one contract, `network/channel/contract`, by their plain arguments; as the first member unless said otherwise. */
export function contractOf(cello: Cello, path: string, organization?: string) {
  const [network = '', channel = '', contract = ''] = path.split('/')
  const params = { network, channel, contract }
  const who = organization === undefined ? {} : { organization }
  return {
    invoke: (name: string, ...args: string[]) =>
      cello.client.contracts.invoke({ params, body: { function: name, args, ...who } }),
    query: async (name: string, ...args: string[]): Promise<string> =>
      (await cello.client.contracts.query({ params, body: { function: name, args, ...who } })).result,
  }
}

/** Waits until the network is seen in this state. */
export async function isSeen(cello: Cello, network: string, state: string, timeoutMs = 120_000): Promise<void> {
  let last: unknown
  const seen = await poll(
    async () => {
      last = await cello.client.networks.get({ params: { network } })
      return (last as { state: string }).state === state || undefined
    },
    { timeoutMs, everyMs: 100 },
  )
  assert.ok(seen, `${network} is not ${state}: ${JSON.stringify(last)}`)
}
