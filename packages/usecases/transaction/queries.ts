import { PlatformError } from '@cello/model'
import type { PageRequest } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { findNetwork } from '../network/find.ts'
import type { PageView } from '../paging.ts'
import { type TransactionView, viewTransaction } from './view.ts'

/** The transactions that were sent from here, newest first. @throws NOT_FOUND */
export async function listTransactions(
  context: Context,
  call: Call,
  { network: key, page }: { readonly network: string; readonly page: PageRequest },
): Promise<PageView<TransactionView>> {
  allow(call, 'transactions:read')
  const { id } = await findNetwork(context, key)
  const { items, next } = await context.store.transactions.list(id, page)
  return { items: items.map(viewTransaction), next }
}

/** @throws NOT_FOUND */
export async function getTransaction(
  context: Context,
  call: Call,
  target: { readonly network: string; readonly transaction: string },
): Promise<TransactionView> {
  allow(call, 'transactions:read')
  const { id } = await findNetwork(context, target.network)
  const found = await context.store.transactions.get(target.transaction)
  if (!found || found.networkId !== id) {
    throw new PlatformError('NOT_FOUND', { noun: 'transaction', id: target.transaction })
  }
  return viewTransaction(found)
}
