/** The command line: `devnode orderer`, `devnode peer`, `devnode version`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Log, reasonOf } from './operations/log.ts'
import type { SettingsSource } from './settings/tls-settings.ts'
import { nodeVersion } from './version.ts'

export interface Surroundings {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly write: (line: string) => void
  /** Aborted when the node shall stop. */
  readonly stop: AbortSignal
}

const usage = `devnode: a node for development and tests that speaks Fabric's protocols. It is no Hyperledger Fabric.

  devnode orderer   an orderer, configured by $FABRIC_CFG_PATH/orderer.yaml and ORDERER_ variables
  devnode peer      a peer, configured by $FABRIC_CFG_PATH/core.yaml and CORE_ variables
  devnode version
`

/** Where Fabric looks for its files when nobody says. */
const systemFolder = '/etc/hyperledger/fabric'

interface Program {
  readonly file: string
  readonly load: () => Promise<(source: SettingsSource, log: Log) => Promise<AsyncDisposable>>
}

/** Each loads only what it runs. */
const programs: Readonly<Record<string, Program>> = {
  orderer: {
    file: 'orderer.yaml',
    async load() {
      const { startOrderer } = await import('./orderer.ts')
      const { readOrdererSettings } = await import('./settings/orderer-settings.ts')
      return (source, log) => startOrderer({ settings: readOrdererSettings(source), log })
    },
  },
  peer: {
    file: 'core.yaml',
    async load() {
      const { startPeer } = await import('./peer.ts')
      const { readPeerSettings } = await import('./settings/peer-settings.ts')
      return (source, log) => startPeer({ settings: readPeerSettings(source), log, env: source.env })
    },
  },
}

/** Fabric's own programs are started so. */
const words: Readonly<Record<string, string>> = { 'orderer start': 'orderer', 'peer node start': 'peer' }

/** Runs until `stop`. @returns the exit code */
export async function run({ args, env, write, stop }: Surroundings): Promise<number> {
  const command = args.join(' ')
  if (command === 'version') {
    write(`${nodeVersion}\n`)
    return 0
  }
  const name = words[command] ?? command
  const program = Object.hasOwn(programs, name) ? programs[name] : undefined
  if (!program) {
    write(usage)
    return command === 'help' || command === '--help' ? 0 : 2
  }
  const log = new Log(write)
  try {
    log.setSpec(env['FABRIC_LOGGING_SPEC'] ?? 'info')
    const folder = env['FABRIC_CFG_PATH'] ?? systemFolder
    const yaml = readFileSync(join(folder, program.file), 'utf8')
    const start = await program.load()
    await using _node = await start({ folder, yaml, env }, log)
    await new Promise<void>((resolve) => {
      if (stop.aborted) resolve()
      stop.addEventListener('abort', () => resolve(), { once: true })
    })
    log.info(`the ${name} stops`)
    return 0
  } catch (error) {
    log.error(`the ${name} cannot run`, { reason: reasonOf(error) })
    return 1
  }
}

/** Loads what every command would run, and runs nothing: for whoever keeps the compiled code. */
export async function loadAll(): Promise<void> {
  await Promise.all(Object.values(programs).map((program) => program.load()))
}
