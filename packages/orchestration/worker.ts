import { type Engine, startEngine } from '@cello/engine'
import { newId } from '@cello/kit'
import { hostOperationOf } from '@cello/model'
import type { OrchestrationContext } from './context.ts'
import { Networks } from './networks.ts'
import { watchHosts } from './observe/watch-hosts.ts'
import { hostOperationKeys, reconcileHostOperation } from './reconcile-host.ts'
import { reconcileNetwork } from './reconcile-network.ts'
import { sweepHistory } from './sweep-history.ts'

export interface WorkerOptions {
  /** Milliseconds between two looks at each host; default 5,000. */
  readonly hostPollMs?: number
  /** Milliseconds between two looks at each network when nothing calls for one; default 60,000. */
  readonly resyncMs?: number
}

/** The orchestration at work: networks are reconciled when woken, when their host's nodes change, and at each resync. */
export interface Worker extends AsyncDisposable {
  readonly networks: Networks
  readonly engine: Engine
}

/** Starts it. Disposing of it stops new work and waits for the steps under way; networks go on running. */
export function startWorker(shared: OrchestrationContext, options: WorkerOptions = {}): Worker {
  const { hostPollMs = 5_000, resyncMs = 60_000 } = options
  const networks = new Networks(shared)
  const engine = startEngine({
    claims: shared.store.claims,
    clock: shared.clock,
    owner: newId(shared.clock.now()),
    keys: async () => [...(await shared.store.networks.ids()), ...(await hostOperationKeys(shared))],
    reconcile: (key, claim) => {
      const operation = hostOperationOf(key)
      return operation === undefined
        ? reconcileNetwork(networks, key, claim)
        : reconcileHostOperation(networks, operation, claim)
    },
    failed: (key, err, waitMs) => shared.log.warn({ key, waitMs, err }, 'reconcile failed, will try again'),
    resyncMs,
  })
  const stopping = new AbortController()
  const watching = watchHosts({
    shared,
    hosts: networks.hosts,
    wake: (key) => engine.wake(key),
    pollMs: hostPollMs,
    signal: stopping.signal,
  })
  const sweeping = sweepHistory(shared, engine, stopping.signal)
  return {
    networks,
    engine,
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await Promise.all([watching, sweeping])
      await engine[Symbol.asyncDispose]()
      await networks[Symbol.asyncDispose]()
    },
  }
}
