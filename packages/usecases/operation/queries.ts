import { PlatformError } from '@cello/model'
import type { PageRequest } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { findHost, findNetwork } from '../network/find.ts'
import type { PageView } from '../paging.ts'
import { readOperation } from './record.ts'
import { type OperationView, viewOperation } from './view.ts'

export interface OperationsRequest {
  readonly page: PageRequest
  /** Id or name; of these two, one at most. */
  readonly network?: string | undefined
  readonly host?: string | undefined
  readonly open?: boolean | undefined
}

/** Newest first. @throws NOT_FOUND for the network or host that is asked for; INVALID_REQUEST for both */
export async function listOperations(
  context: Context,
  call: Call,
  request: OperationsRequest,
): Promise<PageView<OperationView>> {
  allow(call, 'operations:read')
  if (request.network !== undefined && request.host !== undefined) {
    throw new PlatformError('INVALID_REQUEST', { detail: 'give a network or a host, not both' })
  }
  const network = request.network === undefined ? undefined : await findNetwork(context, request.network)
  const host = request.host === undefined ? undefined : await findHost(context, request.host)
  const { items, next } = await context.store.operations.list({
    ...request.page,
    ...(network ? { networkId: network.id } : {}),
    ...(host ? { hostId: host.id } : {}),
    ...(request.open === undefined ? {} : { open: request.open }),
  })
  return { items: items.map(viewOperation), next }
}

/** @throws NOT_FOUND */
export async function getOperation(context: Context, call: Call, id: string): Promise<OperationView> {
  allow(call, 'operations:read')
  return readOperation(context, id)
}
