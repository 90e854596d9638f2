import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { FabricCatalogue, FabricReleaseView } from '@cello/usecases'
import { type FabricPlaces, findFabric } from './find-fabric.ts'

export interface CatalogueOptions {
  readonly places: FabricPlaces
  readonly clock: Clock
}

/** Fabric on this machine: what is found, and what is fetched when somebody asks. */
export function createFabricCatalogue({ places }: CatalogueOptions): FabricCatalogue {
  return {
    list: async (host) => {
      const found = await findFabric(places)
      return Promise.all(
        found.map(async ({ version, source, folder }): Promise<FabricReleaseView> => {
          const programs = await Promise.all(
            ['orderer', 'peer'].map(async (name) => ({ name, digest: await fileDigest(join(folder, name)) })),
          )
          return { version, source, chosen: host.fabricVersion === version, programs }
        }),
      )
    },
    install: () => {
      throw new PlatformError('UNSUPPORTED', { feature: 'installing Fabric', reason: 'it is not built yet' })
    },
    progress: async () => undefined,
  }
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}
