import type { FastifyBaseLogger } from 'fastify'

/** One thing that `/readyz` looks at beside the store. */
export type ReadinessCheck = () => Promise<{ readonly ok: boolean; readonly detail?: string | undefined }>

export interface HttpConfig {
  /** What a caller must show; from `keepToken`. */
  readonly token: string
  /** Of Cello, for `/version` and the API's description. */
  readonly version: string
  readonly logger?: FastifyBaseLogger | undefined
  /** By the name that `/readyz?verbose=true` shows. */
  readonly checks?: Readonly<Record<string, ReadinessCheck>> | undefined
  /** Milliseconds between two signs of life on a stream; default 15 s. */
  readonly heartbeatMs?: number | undefined
  /** Told of each route as it is registered: a test compares them with what is described. */
  readonly onRoute?: ((method: string, path: string) => void) | undefined
}
