import { domainOf, memberOrganizations, mspIdOf, orderingOrganizations } from '@cello/model'
import type { PageRequest } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { findNetwork } from '../network/find.ts'
import { type PageView, pageOfList } from '../paging.ts'

export interface OrganizationView {
  name: string
  mspId: string
  domain: string
  custody: 'ours' | 'theirs'
  orderers: string[]
  peers: string[]
  channels: string[]
  caCertificate?: string | undefined
  tlsCaCertificate?: string | undefined
}

/** @throws NOT_FOUND */
export async function listOrganizations(
  context: Context,
  call: Call,
  { network: key, page }: { readonly network: string; readonly page: PageRequest },
): Promise<PageView<OrganizationView>> {
  allow(call, 'networks:read')
  const { id, spec } = await findNetwork(context, key)
  const identities = await context.store.identities.list(id)
  const certificateOf = (organization: string, subject: string) =>
    identities.find((one) => one.organization === organization && one.subject === subject)?.certificate
  const views = spec.organizations.map((org) => ({
    name: org.name,
    mspId: mspIdOf(org),
    domain: domainOf(spec, org),
    custody: org.custody,
    orderers: org.orderers.map(({ name }) => name),
    peers: org.peers.map(({ name }) => name),
    channels: spec.channels
      .filter((channel) =>
        [...orderingOrganizations(spec, channel), ...memberOrganizations(spec, channel)].includes(org),
      )
      .map(({ name }) => name),
    caCertificate: certificateOf(org.name, 'ca'),
    tlsCaCertificate: certificateOf(org.name, 'tls-ca'),
  }))
  return pageOfList(views, ({ name }) => name, page)
}
