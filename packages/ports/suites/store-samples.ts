import assert from 'node:assert/strict'
import { newId, Secret, sha256Hex } from '@cello/kit'
import { type ErrorCode, NetworkSpec, type NodeRecord, PlatformError, type Step } from '@cello/model'
import type { IdentitySubject } from '../ledger.ts'
import type {
  HostRecord,
  IdentityRecord,
  NetworkRecord,
  NewOperation,
  PackageRecord,
  Store,
  TransactionRecord,
} from '../store.ts'

/** What a store's test hands to the suite: a new, empty store each time. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: Store
  /** Names of the tables, or their like, in which any row holds this text. */
  placesOf(text: string): Promise<string[]>
}

export type MakeStore = () => Promise<StoreUnderTest>

/** How long a claim of a test lasts, milliseconds: longer than any test. */
export const claimMs = 600_000

export async function sampleHost(store: Store, name = 'local'): Promise<HostRecord> {
  return store.hosts.ensure({ id: newId(), name, driver: 'fake', settings: { size: 1 }, createdAt: 1000 })
}

export function sampleNetwork(hostId: string, change: Partial<NetworkRecord> = {}): NetworkRecord {
  const id = newId()
  const name = change.name ?? `net-${id.slice(-12)}`
  return {
    id,
    name,
    spec: NetworkSpec.parse({ name, organizations: [{ name: 'Org1', peers: [{ name: 'peer0' }] }] }),
    runtime: { kind: 'fake', version: '3.1.5', programs: { peer: { digest: 'a'.repeat(64), entry: 'peer' } } },
    hostId,
    power: 'running',
    deleting: false,
    generation: 1,
    observedGeneration: 0,
    createdAt: 2000,
    nodes: [],
    ...change,
  }
}

export function sampleNode(
  network: Pick<NetworkRecord, 'id' | 'hostId'>,
  change: Partial<NodeRecord> = {},
): NodeRecord {
  return {
    id: newId(),
    networkId: network.id,
    organization: 'Org1',
    name: 'peer0',
    kind: 'peer',
    hostId: network.hostId,
    ports: {},
    power: 'running',
    incarnation: 1,
    contract: undefined,
    removed: false,
    createdAt: 3000,
    ...change,
  }
}

export function sampleOperation(change: Partial<NewOperation> = {}): NewOperation {
  return { id: newId(), kind: 'create-network', actor: 'tester', at: 4000, ...change }
}

/** A network that is there, the operation that made it, and a claim to work on it. */
export async function sampleWorld(store: Store, nodes: readonly Partial<NodeRecord>[] = []) {
  const host = await sampleHost(store)
  const bare = sampleNetwork(host.id)
  const network = { ...bare, nodes: nodes.map((node, index) => sampleNode(bare, { createdAt: 3000 + index, ...node })) }
  const operation = sampleOperation()
  await store.networks.create(network, operation)
  const fence = await store.claims.take('suite', 0, claimMs)
  assert.ok(fence !== undefined)
  return { host, network, operation, fence }
}

/** A package of which only the text of its digest matters. */
export function samplePackage(text: string, change: Partial<PackageRecord> = {}): PackageRecord {
  return {
    digest: sha256Hex(text),
    name: 'asset',
    version: '1.0',
    language: 'node',
    entry: 'dist/index.js',
    bytes: 5,
    createdAt: 1,
    metadata: { 'META-INF/x.json': '{}' },
    ...change,
  }
}

export function sampleIdentity(
  networkId: string,
  subject: IdentitySubject,
  text = 'key',
): IdentityRecord & { key: Secret } {
  return {
    id: newId(),
    networkId,
    organization: 'Org1',
    subject,
    certificate: `certificate of ${text}`,
    custody: 'held',
    createdAt: 5000,
    key: new Secret(text),
  }
}

export function sampleTransaction(networkId: string, change: Partial<TransactionRecord> = {}): TransactionRecord {
  const id = newId()
  return {
    id,
    networkId,
    channel: 'main',
    txId: `tx-${id}`,
    purpose: 'invoke',
    about: { contract: 'asset', function: 'create' },
    envelope: Uint8Array.of(1, 2, 3),
    result: Uint8Array.of(4),
    state: 'prepared',
    status: undefined,
    block: undefined,
    createdAt: 6000,
    endedAt: undefined,
    ...change,
  }
}

export function sampleStep(key: string, change: Partial<Step> = {}): Step {
  return { kind: 'ensure-node', key, needs: [], title: `start ${key}`, ...change }
}

export function refusal(code: ErrorCode) {
  return (error: unknown) => {
    assert.ok(error instanceof PlatformError, `expected ${code}, got ${String(error)}`)
    assert.equal(error.code, code)
    return true
  }
}

/** How many of the calls were answered, and the codes of the others. */
export async function outcomes(calls: readonly Promise<unknown>[]): Promise<{ won: number; codes: string[] }> {
  const results = await Promise.allSettled(calls)
  const lost = results.filter((result) => result.status === 'rejected')
  const codes = lost.map(({ reason }) => (reason instanceof PlatformError ? reason.code : String(reason)))
  return { won: results.length - lost.length, codes: [...new Set(codes)] }
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}
