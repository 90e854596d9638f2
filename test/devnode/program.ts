/** For tests only: the devnode as a program that is started like Fabric's own. */
import { fileURLToPath } from 'node:url'

/** Program and first arguments; `node` is this very Node. */
export const devnodeOrderer = {
  program: process.execPath,
  args: [fileURLToPath(new URL('../../apps/devnode/main.ts', import.meta.url)), 'orderer'],
}
