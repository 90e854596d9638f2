import {
  createIdentity,
  describeConnection,
  getTransaction,
  listCertificates,
  listIdentities,
  listTransactions,
} from '@cello/usecases'
import type { HandlersOf } from '../handler.ts'

export const transactionHandlers: HandlersOf<'transactions'> = {
  list: ({ context, call, params, query }) => listTransactions(context, call, { network: params.network, page: query }),
  get: ({ context, call, params }) => getTransaction(context, call, params),
}

export const identityHandlers: HandlersOf<'identities'> = {
  list: ({ context, call, params, query }) => listIdentities(context, call, { network: params.network, page: query }),
  create: ({ context, call, params, body }) => createIdentity(context, call, { ...body, network: params.network }),
  certificates: ({ context, call, params, query }) =>
    listCertificates(context, call, { network: params.network, page: query }),
}

export const connectionHandlers: HandlersOf<'connection'> = {
  get: ({ context, call, params, query }) => describeConnection(context, call, { ...params, ...query }),
}
