import { callProxy, serveCalls } from '@cello/kit'
import { decodeError, encodeError, PlatformError } from '@cello/model'
import type { NodeWorld } from './node-world.ts'
import type { WorldApi } from './world-api.ts'

const errors = { encode: encodeError, decode: decodeError }

/** Lets other processes use the world, by a unix socket at `path`. */
export function serveNodeWorld(world: NodeWorld, path: string): Promise<AsyncDisposable> {
  return serveCalls({ path, target: world, errors })
}

/** A world in another process. Its calls fail with HOST_UNREACHABLE while that is away. */
export function connectNodeWorld(path: string): WorldApi & AsyncDisposable {
  return callProxy<WorldApi>({
    path,
    errors,
    lost: (method, cause) =>
      new PlatformError('HOST_UNREACHABLE', { host: 'fake', detail: `the world is away (${method})` }, { cause }),
  })
}
