import { PlatformError } from '@cello/model'
import type { DemoReport } from './report.ts'

/** JSON lines, one an event. `installedAt`: milliseconds since 1970 at which the installation had ended. */
export function jsonReport(write: (line: string) => void, installedAt: number): DemoReport {
  const tell = (event: string, facts: object = {}) => write(`${JSON.stringify({ event, ...facts })}\n`)
  const nothing = () => {}
  let network = ''
  return {
    serving: (server) => tell('serving', server),
    running: (url) => tell('running', { url }),
    fabric: (release, unsuitable) => {
      if (release) tell('fabric-found', { version: release.version, source: release.source })
      else tell('fabric-not-found', { runtime: 'devnode', unsuitable })
    },
    building: nothing,
    built: ({ name, version, digest }) => tell('contract-built', { name, version, digest }),
    accepted: ({ name, runtime }) => {
      network = name
      tell('network-accepted', { network, runtime })
    },
    found: ({ name, runtime }) => {
      network = name
      tell('network-found', { network, runtime })
    },
    progress: nothing,
    calling: nothing,
    committed: ({ txId, block }, ms) =>
      tell('first-commit', { network, txId, block, ms, sinceStartMs: Date.now() - installedAt }),
    answered: (result) => tell('first-query', { network, result }),
    failed: (error) =>
      tell(
        'failed',
        error instanceof PlatformError
          ? { code: error.code, message: error.message, next: error.next }
          : { message: String(error) },
      ),
    done: () => tell('ready', { network }),
    stopped: () => tell('stopped'),
    [Symbol.dispose]: nothing,
  }
}
