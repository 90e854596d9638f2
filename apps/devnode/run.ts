/** The command line: `devnode orderer`, `devnode version`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Log, reasonOf } from './operations/log.ts'
import { startOrderer } from './orderer.ts'
import { readOrdererSettings } from './settings/orderer-settings.ts'
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
  devnode version
`

/** Where Fabric looks for its files when nobody says. */
const systemFolder = '/etc/hyperledger/fabric'

/** Runs until `stop`. @returns the exit code */
export async function run({ args, env, write, stop }: Surroundings): Promise<number> {
  const [command, ...more] = args
  if (command === 'version' && more.length === 0) {
    write(`${nodeVersion}\n`)
    return 0
  }
  // Fabric's program starts by `orderer start` too.
  if (command !== 'orderer' || more.some((word) => word !== 'start')) {
    write(usage)
    return command === 'help' || command === '--help' ? 0 : 2
  }
  const log = new Log(write)
  try {
    log.setSpec(env['FABRIC_LOGGING_SPEC'] ?? 'info')
    const folder = env['FABRIC_CFG_PATH'] ?? systemFolder
    const yaml = readFileSync(join(folder, 'orderer.yaml'), 'utf8')
    const settings = readOrdererSettings({ folder, yaml, env })
    await using _orderer = await startOrderer({ settings, log })
    await new Promise<void>((resolve) => {
      if (stop.aborted) resolve()
      stop.addEventListener('abort', () => resolve(), { once: true })
    })
    log.info('the orderer stops')
    return 0
  } catch (error) {
    log.error('the orderer cannot run', { reason: reasonOf(error) })
    return 1
  }
}
