import { newId } from '@cello/kit'
import { domainOf, mspIdOf, PlatformError } from '@cello/model'
import type { Authority, IdentityRecord, NetworkRecord } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { subjectOf } from '../contract/caller.ts'
import { findNetwork, findOrganization, refuseDeleting } from '../network/find.ts'
import { type IdentityView, viewIdentity } from './queries.ts'

export interface NewIdentity {
  /** Id or name. */
  readonly network: string
  readonly organization: string
  readonly name: string
  readonly role: 'client' | 'admin'
  readonly attributes?: Readonly<Record<string, string>> | undefined
  /** PKCS#10 PEM: the key stays with whoever made it. */
  readonly certificateRequest?: string | undefined
  /** PKCS#10 PEM of another key, to be known by in TLS. For administrators: an orderer's participation API obeys whoever has such a certificate of its organization. */
  readonly tlsCertificateRequest?: string | undefined
}

/**
 * A user of an organization: with a key that is made and sealed here, or certified for a key that never comes here.
 * @throws INVALID_REQUEST for a TLS certificate of one who is no administrator; NAME_TAKEN, NOT_FOUND, NETWORK_DELETING, CHANGE_REFUSED while the organization has no authority yet
 */
export async function createIdentity(context: Context, call: Call, wanted: NewIdentity): Promise<IdentityView> {
  allow(call, 'identities:write')
  if (wanted.tlsCertificateRequest !== undefined && wanted.role !== 'admin') {
    const detail = 'only administrators get a TLS certificate: orderers obey whoever has one of their organization'
    throw new PlatformError('INVALID_REQUEST', { detail })
  }
  const network = await findNetwork(context, wanted.network)
  refuseDeleting(network)
  const id = call.commandId ?? newId(context.clock.now())
  const subject = subjectOf(wanted.name)
  const before = await context.store.identities.find(network.id, wanted.organization, subject)
  const kept = before ?? (await make(context, network, wanted, id))
  // Another command was first: its certificate is not for this caller's key.
  if (kept.id !== id)
    throw new PlatformError('NAME_TAKEN', { noun: 'user', name: `${wanted.organization}/${wanted.name}` })
  return viewIdentity(network, kept, await context.store.identities.list(network.id))
}

async function make(
  context: Context,
  network: NetworkRecord,
  wanted: NewIdentity,
  id: string,
): Promise<IdentityRecord> {
  const { store, clock } = context
  const org = findOrganization(network, wanted.organization)
  const ledger = context.ledger(network.runtime.kind)
  const organization = { name: org.name, mspId: mspIdOf(org), domain: domainOf(network.spec, org) }
  const made = await ledger.makeUser({
    organization,
    ca: await authorityOf(context, network, org.name, 'ca'),
    name: wanted.name,
    role: wanted.role,
    attributes: wanted.attributes,
    certificateRequest: wanted.certificateRequest,
  })
  const { name, tlsCertificateRequest: certificateRequest } = wanted
  const tls = certificateRequest && {
    tlsCa: await authorityOf(context, network, org.name, 'tls-ca'),
    certificateRequest,
  }
  const madeForTls = tls && (await ledger.certifyTlsClient({ organization, name, ...tls }))
  const common = { networkId: network.id, organization: org.name, createdAt: clock.now() }
  const custody = wanted.certificateRequest === undefined ? 'held' : 'own'
  const [kept] = await store.identities.keep([
    { ...common, ...made, id, subject: subjectOf(name), custody },
    ...(madeForTls ? [{ ...common, ...madeForTls, id: newId(clock.now()), custody: 'own' as const }] : []),
  ])
  if (!kept) throw new Error('the store kept no identity and said nothing')
  return kept
}

async function authorityOf(
  { store }: Context,
  network: NetworkRecord,
  organization: string,
  subject: 'ca' | 'tls-ca',
): Promise<Authority> {
  const found = await store.identities.find(network.id, organization, subject)
  if (!found) {
    throw new PlatformError('CHANGE_REFUSED', {
      detail: `the certificate authority of ${organization} is not made yet`,
      nearest: 'Wait until the network is created.',
    })
  }
  return { certificate: found.certificate, key: await store.identities.key(network.id, organization, subject) }
}
