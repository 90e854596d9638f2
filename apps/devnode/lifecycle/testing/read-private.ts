import { privateNamespace } from '../../state/collection-namespace.ts'
import type { StateReader } from '../../state/world-state.ts'
import { implicitCollection, lifecycleNamespace, type ReadableState } from '../state-views.ts'

/** For tests only: an organization's committed approvals themselves. */
export function readThroughTestState(state: StateReader, mspId: string): ReadableState {
  const namespace = privateNamespace(lifecycleNamespace, implicitCollection(mspId))
  return { get: (key) => state.get(namespace, key)?.value }
}
