import type { Secret } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { IdentityRecord, IdentityStore, IdentitySubject, Sealer } from '@cello/ports'
import type { Connection } from '../connection.ts'
import { queries } from '../queries.ts'
import type { Access } from '../repository.ts'
import { isForeignKey } from '../storage-errors.ts'
import type { IdentityRow } from '../tables.ts'

type Place = Pick<IdentityRecord, 'networkId' | 'organization' | 'subject'>
type NewIdentity = IdentityRecord & { readonly key?: Secret | undefined }

const publicColumns = ['id', 'network_id', 'organization', 'subject', 'certificate', 'custody', 'created_at'] as const

export function identityRepository({ reader, writer, sealer }: Access & { readonly sealer: Sealer }): IdentityStore {
  return {
    async keep(identities) {
      // Sealed before the write is queued: no unsealed key ever comes near the database.
      const rows = identities.map((identity) => toRow(identity, sealer))
      return writer.write(({ connection }) => {
        for (const row of rows) insertIdentity(connection, row)
        return identities.map((identity) => {
          const kept = readIdentity(connection, identity)
          if (kept === undefined) throw notFound(identity)
          return kept
        })
      })
    },
    async list(networkId) {
      return reader
        .all(
          queries
            .selectFrom('identities')
            .select(publicColumns)
            .where('network_id', '=', networkId)
            .orderBy('organization')
            .orderBy('subject'),
        )
        .map(toIdentity)
    },
    async find(networkId, organization, subject) {
      return readIdentity(reader, { networkId, organization, subject })
    },
    async key(networkId, organization, subject) {
      const place = { networkId, organization, subject }
      const row = reader.first(selectAt(place).select('sealed_key'))
      if (row === undefined || row.sealed_key === null) throw notFound(place)
      return sealer.open(row.sealed_key, sealContext(place))
    },
  }
}

function insertIdentity(connection: Connection, row: IdentityRow): void {
  try {
    connection.change(
      queries
        .insertInto('identities')
        .values(row)
        .onConflict((conflict) => conflict.columns(['network_id', 'organization', 'subject']).doNothing()),
    )
  } catch (error) {
    if (!isForeignKey(error)) throw error
    throw new PlatformError('NOT_FOUND', { noun: 'network', id: row.network_id }, { cause: error })
  }
}

function readIdentity(connection: Connection, place: Place): IdentityRecord | undefined {
  const row = connection.first(selectAt(place).select(publicColumns))
  return row && toIdentity(row)
}

function selectAt({ networkId, organization, subject }: Place) {
  return queries
    .selectFrom('identities')
    .where('network_id', '=', networkId)
    .where('organization', '=', organization)
    .where('subject', '=', subject)
}

/** What a sealed key is bound to: it opens nowhere else, so rows cannot be swapped. */
function sealContext({ networkId, organization, subject }: Place): string {
  return `identity/${networkId}/${organization}/${subject}`
}

function notFound({ organization, subject }: { organization: string; subject: IdentitySubject }): PlatformError {
  return new PlatformError('NOT_FOUND', { noun: 'identity', id: `${organization}/${subject}` })
}

function toIdentity(row: Omit<IdentityRow, 'sealed_key'>): IdentityRecord {
  return {
    id: row.id,
    networkId: row.network_id,
    organization: row.organization,
    subject: row.subject,
    certificate: row.certificate,
    custody: row.custody,
    createdAt: row.created_at,
  }
}

function toRow(identity: NewIdentity, sealer: Sealer): IdentityRow {
  return {
    id: identity.id,
    network_id: identity.networkId,
    organization: identity.organization,
    subject: identity.subject,
    certificate: identity.certificate,
    custody: identity.custody,
    sealed_key: identity.key === undefined ? null : sealer.seal(identity.key, sealContext(identity)),
    created_at: identity.createdAt,
  }
}
