import { mspIdOf } from '@cello/model'
import type { IdentityRecord, NetworkRecord, PageRequest } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { moment } from '../moment.ts'
import { findNetwork, findOrganization } from '../network/find.ts'
import { type PageView, pageOfList } from '../paging.ts'

export interface IdentityView {
  organization: string
  mspId: string
  name: string
  custody: 'held' | 'own'
  certificate: string
  tlsCertificate?: string | undefined
  caCertificate: string
  tlsCaCertificate: string
  createdAt: string
}

/** Administrators and users; nodes and authorities are in the list of certificates. @throws NOT_FOUND */
export async function listIdentities(
  context: Context,
  call: Call,
  { network: key, page }: { readonly network: string; readonly page: PageRequest },
): Promise<PageView<IdentityView>> {
  allow(call, 'identities:read')
  const network = await findNetwork(context, key)
  const all = await context.store.identities.list(network.id)
  const people = all.filter(({ subject }) => subject === 'admin' || subject.startsWith('user/'))
  const views = people.map((record) => viewIdentity(network, record, all))
  return pageOfList(views, ({ organization, name }) => `${organization}/${name}`, page)
}

/** `all`: the identities of the network, for the certificates of its authorities. */
export function viewIdentity(
  network: NetworkRecord,
  record: IdentityRecord,
  all: readonly IdentityRecord[],
): IdentityView {
  const certificateOf = (subject: string) =>
    all.find((one) => one.organization === record.organization && one.subject === subject)?.certificate
  return {
    organization: record.organization,
    mspId: mspIdOf(findOrganization(network, record.organization)),
    name: record.subject.replace(/^user\//, ''),
    custody: record.custody,
    certificate: record.certificate,
    tlsCertificate:
      record.subject === 'admin' ? undefined : certificateOf(record.subject.replace(/^user\//, 'user-tls/')),
    caCertificate: certificateOf('ca') ?? '',
    tlsCaCertificate: certificateOf('tls-ca') ?? '',
    createdAt: moment(record.createdAt),
  }
}
