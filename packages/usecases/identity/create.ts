import { newId } from '@cello/kit'
import { domainOf, mspIdOf, PlatformError } from '@cello/model'
import type { IdentityRecord, NetworkRecord } from '@cello/ports'
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
}

/**
 * A user of an organization: with a key that is made and sealed here, or certified for a key that never comes here.
 * @throws NAME_TAKEN, NOT_FOUND, NETWORK_DELETING, CHANGE_REFUSED while the organization has no authority yet
 */
export async function createIdentity(context: Context, call: Call, wanted: NewIdentity): Promise<IdentityView> {
  allow(call, 'identities:write')
  const network = await findNetwork(context, wanted.network)
  refuseDeleting(network)
  const id = call.commandId ?? newId(context.clock.now())
  const subject = subjectOf(wanted.name)
  const before = await context.store.identities.find(network.id, wanted.organization, subject)
  const kept = before ?? (await make(context, network, wanted, id))
  // Another command was first: its certificate is not for this caller's key.
  if (kept.id !== id) throw new PlatformError('NAME_TAKEN', { noun: 'identity', name: wanted.name })
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
  const authority = await store.identities.find(network.id, org.name, 'ca')
  if (!authority) {
    throw new PlatformError('CHANGE_REFUSED', {
      detail: `the certificate authority of ${org.name} is not made yet`,
      nearest: 'Wait until the network is created.',
    })
  }
  const made = await context.ledger(network.runtime.kind).makeUser({
    organization: { name: org.name, mspId: mspIdOf(org), domain: domainOf(network.spec, org) },
    ca: { certificate: authority.certificate, key: await store.identities.key(network.id, org.name, 'ca') },
    name: wanted.name,
    role: wanted.role,
    attributes: wanted.attributes,
    certificateRequest: wanted.certificateRequest,
  })
  const [kept] = await store.identities.keep([
    {
      id,
      networkId: network.id,
      organization: org.name,
      subject: subjectOf(wanted.name),
      certificate: made.certificate,
      custody: wanted.certificateRequest === undefined ? 'held' : 'own',
      createdAt: clock.now(),
      key: made.key,
    },
  ])
  if (!kept) throw new Error('the store kept no identity and said nothing')
  return kept
}
