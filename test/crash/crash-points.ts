import type { Store } from '@cello/ports'

/** Told of each moment at which a crash is of interest, in order. */
export type At = (point: string) => void

/**
 * The same store, that tells of the moments around its journal: before a step's call (its start is written), after the call
 * and before that is recorded, and after it is recorded; and around every other write that an action makes.
 */
export function withCrashPoints(store: Store, at: At): Store {
  const { operations, transactions, networks, identities, artifacts } = store
  return {
    ...store,
    check: () => store.check(),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    operations: {
      ...operations,
      async step(id, step, now, fence) {
        const name = `${step.kind} ${step.state}`
        if (step.state !== 'running') at(`before ${name}`)
        await operations.step(id, step, now, fence)
        at(`after ${name}`)
      },
      planned: around(at, 'planned', (...args) => operations.planned(...args)),
    },
    transactions: {
      ...transactions,
      prepare: around(at, 'prepare', (...args) => transactions.prepare(...args)),
      finish: around(at, 'finish', (...args) => transactions.finish(...args)),
    },
    networks: {
      ...networks,
      observed: around(at, 'observed', (...args) => networks.observed(...args)),
      forgetNode: around(at, 'forget node', (...args) => networks.forgetNode(...args)),
      forget: around(at, 'forget', (...args) => networks.forget(...args)),
    },
    identities: { ...identities, keep: around(at, 'keep identities', (...args) => identities.keep(...args)) },
    artifacts: { ...artifacts, keep: around(at, 'keep genesis', (...args) => artifacts.keep(...args)) },
  }
}

function around<A extends unknown[], R>(at: At, name: string, write: (...args: A) => Promise<R>) {
  return async (...args: A): Promise<R> => {
    at(`before ${name}`)
    const result = await write(...args)
    at(`after ${name}`)
    return result
  }
}
