import { join } from 'node:path'
import { PlatformError, type RuntimeSpec } from '@cello/model'
import type { Driver, HostRecord, RuntimeRecord } from '@cello/ports'
import { type FabricPlaces, findFabric, newestFirst } from './find-fabric.ts'

/**
 * What a new network will run: the version that was asked for, else the one chosen for the host, else the first found. Its
 * programs are copied into the host's keeping before anything refers to them, so that PATH can change without harm.
 * @throws FABRIC_NOT_FOUND
 */
export async function findFabricRuntime(
  places: FabricPlaces,
  target: { readonly host: HostRecord; readonly driver: Driver },
  runtime: RuntimeSpec,
): Promise<RuntimeRecord> {
  const { host, driver } = target
  const found = await findFabric(places)
  const version = runtime.version ?? host.fabricVersion
  const chosen = found.find((fabric) => version === undefined || fabric.version === version)
  if (!chosen) {
    const others = [...new Set(found.map((fabric) => fabric.version))].sort(newestFirst)
    throw new PlatformError('FABRIC_NOT_FOUND', { version: version ?? '', host: host.name, found: others })
  }
  const add = (name: string) => driver.addProgram({ kind: 'file', path: join(chosen.folder, name) })
  const [peer, orderer] = await Promise.all([add('peer'), add('orderer')])
  return { kind: 'fabric', version: chosen.version, programs: { peer, orderer } }
}
