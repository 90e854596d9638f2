import { getHost, installFabric, listFabric, listHosts, useFabric } from '@cello/usecases'
import type { HandlersOf } from '../handler.ts'

export const hostHandlers: HandlersOf<'hosts'> = {
  list: ({ context, call, query }) => listHosts(context, call, query),
  get: ({ context, call, params }) => getHost(context, call, params.host),
  listFabric: ({ context, call, params, query }) => listFabric(context, call, { host: params.host, page: query }),
  installFabric: ({ context, call, params, body }) => installFabric(context, call, { ...body, host: params.host }),
  useFabric: ({ context, call, params, body }) => useFabric(context, call, { ...body, host: params.host }),
}
