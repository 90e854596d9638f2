import type { Health } from '@cello/api'
import type { Store } from '@cello/ports'
import type { HttpConfig } from '../config.ts'
import type { HandlersOf } from '../handler.ts'

export interface SystemParts {
  readonly config: HttpConfig
  readonly store: Store
  readonly isDraining: () => boolean
  readonly metrics: () => Promise<string>
  readonly description: string
}

/** What tells of the server itself. The check of readiness answers 503 by `readinessStatus`. */
export function systemHandlers(parts: SystemParts): HandlersOf<'system'> {
  return {
    live: async () => ({ ok: true }),
    ready: async ({ query }) => {
      const checks = await readiness(parts)
      const ok = checks.every((check) => check.ok)
      return query.verbose ? { ok, checks } : { ok }
    },
    version: async () => ({
      name: 'cello',
      version: parts.config.version,
      node: process.versions.node,
      api: 'v1',
    }),
    metrics: parts.metrics,
    openapi: async () => parts.description,
  }
}

async function readiness({ config, store, isDraining }: SystemParts): Promise<NonNullable<Health['checks']>> {
  const looks = {
    server: async () => (isDraining() ? { ok: false, detail: 'stopping' } : { ok: true }),
    store: () => store.check(),
    ...config.checks,
  }
  return Promise.all(
    Object.entries(looks).map(async ([name, look]) => {
      try {
        return { name, ...(await look()) }
      } catch (error) {
        return { name, ok: false, detail: error instanceof Error ? error.message : 'it failed' }
      }
    }),
  )
}
