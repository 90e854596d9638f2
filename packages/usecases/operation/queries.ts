import type { PageRequest } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { findNetwork } from '../network/find.ts'
import type { PageView } from '../paging.ts'
import { readOperation } from './record.ts'
import { type OperationView, viewOperation } from './view.ts'

/** Newest first. @throws NOT_FOUND for the network that is asked for */
export async function listOperations(
  context: Context,
  call: Call,
  request: { readonly page: PageRequest; readonly network?: string | undefined; readonly open?: boolean | undefined },
): Promise<PageView<OperationView>> {
  allow(call, 'operations:read')
  const network = request.network === undefined ? undefined : await findNetwork(context, request.network)
  const { items, next } = await context.store.operations.list({
    ...request.page,
    ...(network ? { networkId: network.id } : {}),
    ...(request.open === undefined ? {} : { open: request.open }),
  })
  return { items: items.map(viewOperation), next }
}

/** @throws NOT_FOUND */
export async function getOperation(context: Context, call: Call, id: string): Promise<OperationView> {
  allow(call, 'operations:read')
  return readOperation(context, id)
}
