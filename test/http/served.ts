import type { IncomingHttpHeaders } from 'node:http'
import { systemClock } from '@cello/kit'
import { PlatformError } from '@cello/model'
import { type OrchestrationContext, wantedNetwork } from '@cello/orchestration'
import { createHttpServer } from '@cello/server/http'
import type { Context } from '@cello/usecases'
import type { Drive } from '../simulation/drive.ts'
import { openPlatform } from '../simulation/platform.ts'

export const token = 'cello_test-token'

export interface Ask {
  readonly body?: unknown
  /** The body as it is, instead of JSON of it. */
  readonly raw?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
  readonly token?: string | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  // What an answer holds is what the test says of it.
  readonly json: Record<string, unknown> & { readonly id: string; readonly items: Record<string, unknown>[] }
}

/** The whole server, asked without a socket. */
export interface Served extends AsyncDisposable {
  readonly platform: Drive
  readonly context: Context
  readonly app: Awaited<ReturnType<typeof createHttpServer>>
  ask(method: string, url: string, ask?: Ask): Promise<Answer>
  /** Asks, waits for the operation that was answered, and fails unless it succeeded. */
  done(method: string, url: string, ask?: Ask): Promise<string>
}

/** @param open what it drives: fakes, if nothing is said */
export async function openServed(
  change: Partial<Context> = {},
  open: () => Promise<Drive> = openPlatform,
): Promise<Served> {
  const platform = await open()
  const context = { ...contextOf(platform), ...change }
  const app = await createHttpServer(context, { token, version: '0.0.0', heartbeatMs: 50 })
  const ask: Served['ask'] = async (method, url, { body, raw, headers = {}, ...given } = {}) => {
    const shown = 'token' in given ? given.token : token
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const response = await app.inject({
      method: method as 'GET',
      url,
      headers: {
        ...(shown === undefined ? {} : { authorization: `Bearer ${shown}` }),
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(payload === undefined ? {} : { payload }),
    })
    const isJson = String(response.headers['content-type']).includes('json')
    return {
      status: response.statusCode,
      headers: response.headers as IncomingHttpHeaders,
      text: response.body,
      json: isJson ? response.json<Answer['json']>() : { id: '', items: [] },
    }
  }
  return {
    platform,
    context,
    app,
    ask,
    async done(method, url, given) {
      const answer = await ask(method, url, given)
      if (answer.status !== 202) throw new Error(`${method} ${url}: ${answer.status} ${answer.text}`)
      const operation = await platform.ended(answer.json.id)
      if (operation.state !== 'succeeded') throw new Error(JSON.stringify(operation, null, 1))
      return operation.subject.id
    },
    async [Symbol.asyncDispose]() {
      await app.close()
      await platform[Symbol.asyncDispose]()
    },
  }
}

function contextOf(platform: Drive): Context {
  const { store, driver, ledger, runtime } = platform
  const sources: Pick<OrchestrationContext, 'store' | 'driver' | 'ledger'> = {
    store,
    driver: () => driver,
    ledger: () => ledger,
  }
  return {
    store,
    clock: systemClock,
    observations: { get: (id) => platform.worker().networks.get(id) },
    wake: (id) => platform.worker().engine.wake(id),
    stopSteps: (id) => platform.worker().networks.cancel(id),
    driver: async () => driver,
    ledger: () => ledger,
    findRuntime: async () => runtime,
    wanted: (network) => wantedNetwork(sources, network),
    sessions: { session: (id) => platform.worker().networks.session(id) },
    contracts: {
      build: async (_archive, { name = 'assets', version = '1.0' } = {}) => {
        const digest = await platform.keepPackage(name, version)
        const kept = await store.packages.get(digest)
        if (!kept) throw new Error('not kept')
        return kept
      },
    },
    fabric: {
      list: async () => [],
      unsuitable: async () => [],
      prepare: async () => {
        throw new PlatformError('UNSUPPORTED', { feature: 'installing', reason: 'these are fakes' })
      },
    },
  }
}
