import { PlatformError, workKey } from '@cello/model'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { readOperation } from './record.ts'
import type { OperationView } from './view.ts'

/** No more is done for the operation. What was wanted stays wanted, and nodes that run are kept alive. @throws NOT_FOUND, OPERATION_ENDED */
export async function cancelOperation(context: Context, call: Call, id: string): Promise<OperationView> {
  allow(call, 'operations:write')
  const cancelled = await move(context, id, 'cancelled')
  context.stopSteps(id)
  return cancelled
}

/** A failed operation goes on. @throws NOT_FOUND, OPERATION_ENDED when it has not failed */
export async function retryOperation(context: Context, call: Call, id: string): Promise<OperationView> {
  allow(call, 'operations:write')
  const { state } = await readOperation(context, id)
  if (state !== 'failed') throw new PlatformError('OPERATION_ENDED', { id, state })
  return move(context, id, 'running')
}

async function move(context: Context, id: string, state: 'cancelled' | 'running'): Promise<OperationView> {
  const before = await readOperation(context, id)
  const moved = await context.store.operations.move(id, state, context.clock.now())
  if (!moved) throw new PlatformError('OPERATION_ENDED', { id, state: before.state })
  context.wake(workKey(before))
  return readOperation(context, id)
}
