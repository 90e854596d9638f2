import { ChannelName, ContractName, OrganizationName, PackageDigest } from '@cello/model'
import { z } from 'zod'

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

/** What may stand between braces in a path, by name. Each is narrow enough to be no path trick. */
export const pathParams = {
  host: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'give the id or the name of a host'),
  network: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'give the id or the name of a network'),
  node: z
    .string()
    .regex(
      new RegExp(`^(${uuid}|[A-Za-z][A-Za-z0-9-]{0,29}/[a-z][a-z0-9-]{0,199})$`),
      'give the id of a node, or Organization/node, such as Org1/peer0 (in an address, with %2F for the slash)',
    ),
  organization: OrganizationName,
  channel: ChannelName,
  contract: ContractName,
  number: z.string().regex(/^\d{1,15}$/, 'give the number of a block'),
  txId: z.string().regex(/^[0-9a-zA-Z-]{1,128}$/, 'give the id of a transaction'),
  transaction: z.uuid('give the id by which Cello keeps the transaction'),
  digest: PackageDigest,
  operation: z.uuid('give the id of an operation'),
} as const

export type PathParam = keyof typeof pathParams

/** The names between braces in a path. */
export type ParamNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? (Name & PathParam) | ParamNames<Rest>
  : never

/** What a caller gives for them. */
export type ParamsOf<Path extends string> = { readonly [Name in ParamNames<Path>]: string }

/** The names between braces, in order. @throws Error for a name without a schema: a mistake in a route, found by its test. */
export function paramNames(path: string): PathParam[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    if (!isPathParam(name)) throw new Error(`no schema for path parameter ${name} of ${path}`)
    return name
  })
}

function isPathParam(name: string): name is PathParam {
  return Object.hasOwn(pathParams, name)
}

/** The schema of all parameters of a path. */
export function paramsSchema(path: string): z.ZodObject {
  return z.strictObject(Object.fromEntries(paramNames(path).map((name) => [name, pathParams[name]])))
}
