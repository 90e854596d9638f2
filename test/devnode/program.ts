/** For tests only: the devnode as programs that are started like Fabric's own. */
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../apps/devnode/main.ts', import.meta.url))

/** Program and first arguments; `node` is this very Node. */
export const devnodeOrderer = { program: process.execPath, args: [main, 'orderer'] }
export const devnodePeer = { program: process.execPath, args: [main, 'peer'] }
