import { sha256Hex } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { ArtifactStore } from '@cello/ports'
import type { Connection } from '../connection.ts'
import { queries } from '../queries.ts'
import { type Access, plainBytes } from '../repository.ts'
import { isForeignKey } from '../storage-errors.ts'

type Place = Pick<Parameters<ArtifactStore['keep']>[0], 'networkId' | 'kind' | 'name'>

export function artifactRepository({ reader, writer }: Access): ArtifactStore {
  return {
    async keep(artifact) {
      const digest = sha256Hex(artifact.bytes)
      return writer.write(({ connection }) => {
        insertArtifact(connection, artifact, { bytes: artifact.bytes, digest })
        return readArtifact(connection, artifact) ?? artifact.bytes
      })
    },
    async get(networkId, kind, name) {
      return readArtifact(reader, { networkId, kind, name })
    },
    async names(networkId, kind) {
      const rows = reader.all(
        queries
          .selectFrom('artifacts')
          .select('name')
          .where('network_id', '=', networkId)
          .where('kind', '=', kind)
          .orderBy('name'),
      )
      return rows.map((row) => row.name)
    },
  }
}

function insertArtifact(
  connection: Connection,
  place: Place,
  content: { readonly bytes: Uint8Array; readonly digest: string },
): void {
  try {
    connection.change(
      queries
        .insertInto('artifacts')
        .values({ network_id: place.networkId, kind: place.kind, name: place.name, ...content })
        .onConflict((conflict) => conflict.columns(['network_id', 'kind', 'name']).doNothing()),
    )
  } catch (error) {
    if (!isForeignKey(error)) throw error
    throw new PlatformError('NOT_FOUND', { noun: 'network', id: place.networkId }, { cause: error })
  }
}

/** @throws INTERNAL when the bytes no longer have the digest that was stored with them. */
function readArtifact(connection: Connection, { networkId, kind, name }: Place): Uint8Array | undefined {
  const row = connection.first(
    queries
      .selectFrom('artifacts')
      .select(['bytes', 'digest'])
      .where('network_id', '=', networkId)
      .where('kind', '=', kind)
      .where('name', '=', name),
  )
  if (row === undefined) return undefined
  if (sha256Hex(row.bytes) !== row.digest) {
    throw new PlatformError('INTERNAL', { artifact: `${kind}/${name}` }, { cause: new Error('the digest is another') })
  }
  return plainBytes(row.bytes)
}
