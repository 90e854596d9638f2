import { getPackage, listPackages, uploadPackage } from '@cello/usecases'
import type { HandlersOf } from '../handler.ts'

export const packageHandlers: HandlersOf<'packages'> = {
  list: ({ context, call, query }) => listPackages(context, call, query),
  get: ({ context, call, params }) => getPackage(context, call, params.digest),
  upload: ({ context, call, body, query }) => uploadPackage(context, call, { archive: body, ...query }),
}
