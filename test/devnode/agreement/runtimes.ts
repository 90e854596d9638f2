/** The programs that can play the nodes of the agreement. */
import { fileURLToPath } from 'node:url'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import { recordedVersion } from './recording.ts'
import type { Runtime } from './scenario.ts'

const main = fileURLToPath(new URL('../../../apps/devnode/main.ts', import.meta.url))

/** The devnode as separate processes of this very Node. */
export const devnode: Runtime = {
  kind: 'devnode',
  orderer: { program: process.execPath, args: [main, 'orderer'] },
  peer: { program: process.execPath, args: [main, 'peer'] },
}

const binaries = realFabric(recordedVersion, ['orderer', 'peer'])

/** Why there is no real Fabric to play on, or false. */
export const fabricIsMissing: string | false = binaries.skip

export const fabric: Runtime = {
  kind: 'fabric',
  orderer: { program: binaries.program('orderer'), args: [] },
  peer: { program: binaries.program('peer'), args: ['node', 'start'] },
  shipped: binaries.config,
}
