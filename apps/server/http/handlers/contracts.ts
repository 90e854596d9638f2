import {
  deployContract,
  getContract,
  invokeContract,
  listContracts,
  queryContract,
  upgradeContract,
} from '@cello/usecases'
import type { HandlersOf } from '../handler.ts'

export const contractHandlers: HandlersOf<'contracts'> = {
  list: ({ context, call, params, query }) => listContracts(context, call, { ...params, page: query }),
  get: ({ context, call, params }) => getContract(context, call, params),
  deploy: ({ context, call, params, body }) => deployContract(context, call, { ...params, spec: body }),
  upgrade: ({ context, call, params, body }) => upgradeContract(context, call, { ...params, spec: body }),
  invoke: ({ context, call, params, body }) => invokeContract(context, call, { ...params, ...body }),
  query: ({ context, call, params, body }) => queryContract(context, call, { ...params, ...body }),
}
