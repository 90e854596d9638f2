import type { RuntimeSpec } from '@cello/model'
import type { Driver, HostRecord, RuntimeRecord } from '@cello/ports'
import { findDevnodeRuntime } from './devnode/find-devnode.ts'
import { chooseFabric, type FabricFinder } from './fabric/find-fabric.ts'
import { findFabricRuntime } from './fabric/find-runtime.ts'

export interface RuntimeSources {
  readonly finder: FabricFinder
  readonly cacheDir: string
}

/**
 * What a new network will run. `auto` is Fabric wherever one is found or one was named, by version or by the host's
 * choice; only where there is none and nobody asked for one it is the devnode, the last resort.
 * @throws FABRIC_NOT_FOUND, UNSUPPORTED
 */
export async function findRuntime(
  { finder, cacheDir }: RuntimeSources,
  target: { readonly host: HostRecord; readonly driver: Driver },
  spec: RuntimeSpec,
): Promise<RuntimeRecord> {
  const isNamed = spec.kind === 'fabric' || spec.version !== undefined || target.host.fabricVersion !== undefined
  const isDevnode = spec.kind === 'devnode' || (!isNamed && chooseFabric(await finder.find(), undefined) === undefined)
  return isDevnode ? findDevnodeRuntime(cacheDir, target.driver, spec) : findFabricRuntime(finder, target, spec)
}
