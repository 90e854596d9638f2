/** The programs that can play the nodes of the agreement. */
import { fileURLToPath } from 'node:url'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import { recordedVersion } from './recording.ts'
import type { Runtime } from './scenario.ts'

const main = fileURLToPath(new URL('../../../apps/devnode/main.ts', import.meta.url))

const devnodePeer = { program: process.execPath, args: [main, 'peer'] }

/** The devnode as separate processes of this very Node. */
export const devnode: Runtime = {
  kind: 'devnode',
  orderer: { program: process.execPath, args: [main, 'orderer'] },
  peers: [devnodePeer, devnodePeer],
}

const binaries = realFabric(recordedVersion, ['orderer', 'peer'])

/** Why there is no real Fabric to play on, or false. */
export const fabricIsMissing: string | false = binaries.skip

const fabricPeer = { program: binaries.program('peer'), args: ['node', 'start'] }

export const fabric: Runtime = {
  kind: 'fabric',
  orderer: { program: binaries.program('orderer'), args: [] },
  peers: [fabricPeer, fabricPeer],
  shipped: binaries.config,
}

/**
 * A peer of Fabric and one of the devnode behind an orderer of Fabric: they must endorse the same bytes, and come to the same
 * commit hashes.
 */
export const mixed: Runtime = { ...fabric, kind: 'mixed', peers: [fabricPeer, devnodePeer] }
