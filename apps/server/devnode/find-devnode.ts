import { bundleDevnode } from '@cello/devnode/bundle'
import { PlatformError, type RuntimeSpec } from '@cello/model'
import type { Driver, RuntimeRecord } from '@cello/ports'

/** The Fabric that the devnode follows: recordings of its behaviour come from it. */
export const followedFabric = '3.1.5'

/**
 * The devnode as a network's runtime: Node and the bundled devnode, copied into the host's keeping.
 * @throws UNSUPPORTED for another version of Fabric than the one that it follows
 */
export async function findDevnodeRuntime(cacheDir: string, driver: Driver, spec: RuntimeSpec): Promise<RuntimeRecord> {
  if (spec.version !== undefined && spec.version !== followedFabric) {
    throw new PlatformError('UNSUPPORTED', {
      feature: `a devnode of version ${spec.version}`,
      reason: `it follows Fabric ${followedFabric} and no other`,
    })
  }
  const [node, devnode] = await Promise.all([
    driver.addProgram({ kind: 'file', path: process.execPath }),
    bundleDevnode({ cacheDir }).then((bundle) => driver.addProgram(bundle)),
  ])
  return { kind: 'devnode', version: followedFabric, programs: { node, devnode } }
}
