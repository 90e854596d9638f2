import { routes } from '@cello/api'
import {
  applyNetwork,
  createNetwork,
  deleteNetwork,
  getNetwork,
  listNetworks,
  listOrganizations,
  planNetwork,
  planNewNetwork,
  restartNetwork,
  startNetwork,
  stopNetwork,
} from '@cello/usecases'
import { expectedGeneration } from '../etag.ts'
import type { HandlersOf } from '../handler.ts'

export const networkHandlers: HandlersOf<'networks'> = {
  list: ({ context, call, query }) => listNetworks(context, call, query),
  create: ({ context, call, body }) => createNetwork(context, call, body),
  planNew: ({ context, call, body }) => planNewNetwork(context, call, body),
  get: ({ context, call, params }) => getNetwork(context, call, params.network),
  apply: ({ context, call, params, body, request }) => {
    const about = { noun: 'network', id: params.network }
    const read = expectedGeneration(routes.networks.apply, request, about)
    return applyNetwork(context, call, { network: params.network, spec: body, expectedGeneration: read })
  },
  plan: ({ context, call, params, body }) => planNetwork(context, call, { network: params.network, spec: body }),
  start: ({ context, call, params }) => startNetwork(context, call, params),
  stop: ({ context, call, params }) => stopNetwork(context, call, params),
  restart: ({ context, call, params }) => restartNetwork(context, call, params),
  delete: ({ context, call, params, request }) => {
    const about = { noun: 'network', id: params.network }
    const read = expectedGeneration(routes.networks.delete, request, about)
    return deleteNetwork(context, call, { network: params.network, expectedGeneration: read })
  },
  organizations: ({ context, call, params, query }) =>
    listOrganizations(context, call, { network: params.network, page: query }),
}
