import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import envPaths from 'env-paths'
import { z } from 'zod'
import { npmVariables } from './contracts/install-dependencies.ts'

const Port = z.coerce.number().int().min(1).max(65_535)

/** The environment that the server reads, each variable once, here. `npm start --json` is heard by tools/boot.mjs. */
const Environment = z.object({
  /** Where everything is kept that must not be lost. */
  CELLO_DATA: z.string().optional(),
  /** Where things are kept that can be fetched or made again. */
  CELLO_CACHE: z.string().optional(),
  /** A folder with `peer` and `orderer`, asked before PATH. */
  CELLO_FABRIC: z.string().optional(),
  CELLO_PORT: Port.optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).optional(),
  PATH: z.string().default(''),
})

export interface ServerConfig {
  readonly dataDir: string
  readonly cacheDir: string
  readonly fabricDir: string | undefined
  readonly path: readonly string[]
  /** What an npm that installs a contract's dependencies is told: proxies, whom to trust, the registry. */
  readonly npmVariables: Readonly<Record<string, string>>
  readonly port: number
  readonly logLevel: string
  /** Make the demonstration network. */
  readonly demo: boolean
  /** Milliseconds since 1970 at which the installation had ended: what `npm start` counts from. */
  readonly installedAt: number
  /** Print JSON lines on stdout and nothing else. */
  readonly json: boolean
}

/** @throws Error naming the variable or flag that is wrong */
export function readConfig(env: NodeJS.ProcessEnv, args: readonly string[]): ServerConfig {
  const { values } = parseArgs({
    args: [...args],
    options: {
      demo: { type: 'boolean' },
      json: { type: 'boolean' },
      port: { type: 'string' },
      'installed-at': { type: 'string' },
    },
  })
  const found = readEnvironment(env)
  const paths = envPaths('cello', { suffix: '' })
  return Object.freeze({
    dataDir: resolve(found.CELLO_DATA ?? paths.data),
    cacheDir: resolve(found.CELLO_CACHE ?? paths.cache),
    fabricDir: found.CELLO_FABRIC === undefined ? undefined : resolve(found.CELLO_FABRIC),
    path: found.PATH.split(':').filter((folder) => folder.startsWith('/')),
    npmVariables: Object.fromEntries(npmVariables.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
    port: values.port === undefined ? (found.CELLO_PORT ?? 8080) : readPort(values.port),
    logLevel: found.LOG_LEVEL ?? 'info',
    demo: values.demo ?? false,
    installedAt: Number(values['installed-at'] ?? Date.now()),
    json: values.json ?? false,
  })
}

function readPort(text: string): number {
  const { data } = Port.safeParse(text)
  if (data === undefined) throw new Error(`--port ${text} is no port: give a number from 1 to 65535`)
  return data
}

function readEnvironment(env: NodeJS.ProcessEnv): z.infer<typeof Environment> {
  // Empty is not set, as it is for the command line.
  const parsed = Environment.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')))
  if (parsed.success) return parsed.data
  throw new Error(`the environment is not usable: ${z.prettifyError(parsed.error)}`)
}

/** Folders below the data directory. */
export function places(dataDir: string) {
  return {
    database: join(dataDir, 'cello.db'),
    masterKey: join(dataDir, 'master.key'),
    builds: join(dataDir, 'builds'),
    /** Nodes, programs: the process driver's. */
    host: dataDir,
    log: join(dataDir, 'server.log'),
    serverFile: join(dataDir, 'server.json'),
  }
}
