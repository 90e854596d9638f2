import { fakeDriver, NodeWorld, type WorldApi } from '@cello/driver-fake'
import type { Clock } from '@cello/kit'
import { fakeLedger, LedgerWorld, type LedgerWorldApi } from '@cello/ledger-fake'
import type { NetworkSpecInput } from '@cello/model'
import type { Store } from '@cello/ports'
import { temporaryStore } from '@cello/store/testing/temporary-store'
import { type Drive, drive } from './drive.ts'

/** The orchestration on fakes, whole but for HTTP: what a test drives, kills and looks into. */
export interface Platform extends Drive {
  readonly nodes: WorldApi
  readonly ledgers: LedgerWorldApi
}

export interface PlatformOptions {
  /** What the control plane takes for the time; default: the system's. */
  readonly clock?: Clock
  readonly log?: (facts: object, message: string) => void
}

/** Where a platform keeps its rows and what worlds its hosts and ledgers are in. */
export interface PlatformParts extends PlatformOptions {
  readonly store: Store
  readonly nodes: WorldApi
  readonly ledgers: LedgerWorldApi
}

/** A platform with a store and worlds of its own, which go with it. */
export async function openPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const temporary = await temporaryStore()
  const parts = { ...options, store: temporary.store, nodes: new NodeWorld(), ledgers: new LedgerWorld() }
  const platform = await platformOver(parts)
  const close = platform[Symbol.asyncDispose].bind(platform)
  platform[Symbol.asyncDispose] = async () => {
    await close()
    await temporary[Symbol.asyncDispose]()
  }
  return platform
}

/** A platform over a store and worlds that stay when it is closed. */
export async function platformOver({ store, nodes, ledgers, log, clock }: PlatformParts): Promise<Platform> {
  const driver = fakeDriver({ world: nodes, host: 'local' })
  const program = (path: string) => driver.addProgram({ kind: 'file', path: `pretend:${path}` })
  const programs = { peer: await program('peer'), orderer: await program('orderer'), node: await program('node') }
  const driven = await drive({
    store,
    driver,
    ledger: fakeLedger({ world: ledgers }),
    runtime: { kind: 'fake', version: '1.0.0', programs },
    contractRuntime: programs.node,
    contractProgram: (name, version) => program(`${name}-${version}`),
    worker: { hostPollMs: 50, resyncMs: 500 },
    log,
    clock,
  })
  return { ...driven, nodes, ledgers, [Symbol.asyncDispose]: () => driven[Symbol.asyncDispose]() }
}

/** 3 Raft orderers, 2 organizations with one peer each, one channel. */
export function smallNetwork(name: string, orderers = 3): NetworkSpecInput {
  return {
    name,
    organizations: [
      { name: 'Orderer', orderers: Array.from({ length: orderers }, (_, index) => ({ name: `orderer${index}` })) },
      { name: 'Org1', peers: [{ name: 'peer0' }] },
      { name: 'Org2', peers: [{ name: 'peer0' }] },
    ],
    channels: [{ name: 'main' }],
  }
}
