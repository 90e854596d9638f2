import { PlatformError } from '@cello/model'
import type { Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { type OperationView, viewOperation } from './view.ts'

/** The operation that this very command has made before, if it has. */
export async function knownOperation({ store }: Context, call: Call): Promise<OperationView | undefined> {
  const known = call.commandId === undefined ? undefined : await store.operations.get(call.commandId)
  return known && viewOperation(known)
}

/** @throws NOT_FOUND */
export async function readOperation({ store }: Context, id: string): Promise<OperationView> {
  const found = await store.operations.get(id)
  if (!found) throw new PlatformError('NOT_FOUND', { noun: 'operation', id })
  return viewOperation(found)
}
