import { allRoutes, type Network, pageOf, type RouteDefinition, routes } from '@cello/api'
import { z } from 'zod'
import { followStream } from './events.ts'
import { type AnyInput, type ClientOptions, send } from './request.ts'
import type { Methods } from './types.ts'
import { type WaitForOperation, waitForOperation } from './wait-for-operation.ts'

/** A network and the ETag that a change of it needs. */
export interface ReadNetwork {
  readonly network: Network
  readonly etag: string
}

export interface Client extends Methods {
  /** The network with its ETag, for `networks.apply({ ifMatch })`. */
  readNetwork(network: string, options?: { readonly signal?: AbortSignal }): Promise<ReadNetwork>
  readonly waitForOperation: WaitForOperation
}

/** A client of one Cello server: a function for each route of its API, `client.networks.create({ body })`. */
export function createClient(options: ClientOptions): Client {
  const methods: Record<string, Record<string, unknown>> = {}
  for (const { name, noun, route } of allRoutes()) {
    const verb = name.slice(noun.length + 1)
    methods[noun] = { ...methods[noun], [verb]: methodOf(options, route) }
  }
  // What the types say of each route is what `methodOf` made of it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const made = methods as unknown as Methods
  return {
    ...made,
    readNetwork: (network, { signal } = {}) => readNetwork(options, network, signal),
    waitForOperation: (operation, waiting) => waitForOperation(made, operation, waiting),
  }
}

function methodOf(options: ClientOptions, route: RouteDefinition): unknown {
  if (route.events) return (input: AnyInput = {}) => followStream(options, route, input)
  const call = async (input: AnyInput = {}) => readReply(route, await send(options, route, input))
  return Object.assign(call, { all: (input: AnyInput = {}) => allPages(call, input) })
}

async function readReply(route: RouteDefinition, response: Response): Promise<unknown> {
  return route.reply ? response.json() : response.text()
}

const AnyPage = pageOf(z.unknown())

async function* allPages(
  call: (input: AnyInput) => Promise<unknown>,
  input: AnyInput,
): AsyncGenerator<unknown, void, undefined> {
  let cursor: string | undefined
  do {
    const query = cursor === undefined ? input.query : { ...input.query, cursor }
    const page = AnyPage.parse(await call({ ...input, query }))
    yield* page.items
    cursor = page.next
  } while (cursor !== undefined)
}

async function readNetwork(
  options: ClientOptions,
  network: string,
  signal: AbortSignal | undefined,
): Promise<ReadNetwork> {
  const response = await send(options, routes.networks.get, { params: { network }, signal })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const found = (await response.json()) as Network
  return { network: found, etag: response.headers.get('ETag') ?? '*' }
}
