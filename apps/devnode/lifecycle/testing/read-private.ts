import { privateNamespace } from '../../state/collection-namespace.ts'
import type { StateReader } from '../../state/world-state.ts'
import { implicitName } from '../../validation/application-policy.ts'
import { lifecycleNamespace, type ReadableState } from '../state-views.ts'

/** For tests only: an organization's committed approvals themselves. */
export function readThroughTestState(state: StateReader, mspId: string): ReadableState {
  const namespace = privateNamespace(lifecycleNamespace, implicitName(mspId))
  return { get: (key) => state.get(namespace, key)?.value }
}
