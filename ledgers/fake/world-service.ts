import { callProxy, serveCalls } from '@cello/kit'
import { decodeError, encodeError, PlatformError } from '@cello/model'
import type { LedgerWorld } from './world/ledger-world.ts'
import type { LedgerWorldApi } from './world/world-api.ts'

const errors = { encode: encodeError, decode: decodeError }

/** Lets other processes use the world, by a unix socket at `path`. */
export function serveLedgerWorld(world: LedgerWorld, path: string): Promise<AsyncDisposable> {
  return serveCalls({ path, target: world, errors })
}

/** A world in another process. Its calls fail with NODE_UNREACHABLE while that is away. */
export function connectLedgerWorld(path: string): LedgerWorldApi & AsyncDisposable {
  return callProxy<LedgerWorldApi>({
    path,
    errors,
    lost: (method, cause) =>
      new PlatformError('NODE_UNREACHABLE', { node: 'fake', detail: `the world is away (${method})` }, { cause }),
  })
}
