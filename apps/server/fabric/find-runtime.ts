import { join } from 'node:path'
import { PlatformError, type RuntimeSpec } from '@cello/model'
import type { Driver, HostRecord, RuntimeRecord } from '@cello/ports'
import { chooseFabric, type FabricFinder } from './find-fabric.ts'
import { newestFirst, refuseTooOld } from './release.ts'

/**
 * What a new network will run: the version that was asked for, else the one chosen for the host, else the first found. Its
 * programs are copied into the host's keeping before anything refers to them, so that PATH can change without harm.
 * @throws FABRIC_NOT_FOUND; PROGRAM_UNSUITABLE where all there is cannot run on this machine; UNSUPPORTED for one that is too old
 */
export async function findFabricRuntime(
  finder: FabricFinder,
  target: { readonly host: HostRecord; readonly driver: Driver },
  runtime: RuntimeSpec,
): Promise<RuntimeRecord> {
  const { host, driver } = target
  const version = runtime.version ?? host.fabricVersion
  if (version !== undefined) refuseTooOld(version)
  const found = await finder.find()
  const chosen = chooseFabric(found, version)
  if (!chosen) {
    const [unsuitable] = found.length === 0 ? await finder.unsuitable() : []
    if (unsuitable) {
      const { program, reason: detail } = unsuitable
      throw new PlatformError('PROGRAM_UNSUITABLE', { program, detail })
    }
    const others = [...new Set(found.map((fabric) => fabric.version))].sort(newestFirst)
    throw new PlatformError('FABRIC_NOT_FOUND', {
      version: version ?? '(any version)',
      host: host.name,
      found: others,
    })
  }
  refuseTooOld(chosen.version)
  const add = (name: string) => driver.addProgram({ kind: 'file', path: join(chosen.folder, name) })
  const [peer, orderer] = await Promise.all([add('peer'), add('orderer')])
  return { kind: 'fabric', version: chosen.version, programs: { peer, orderer } }
}
