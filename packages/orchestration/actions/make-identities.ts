import { newId, type Secret } from '@cello/kit'
import { domainOf, mspIdOf, PlatformError } from '@cello/model'
import type { Authority, IdentityRecord, IdentitySubject, MadeIdentity, OrganizationFacts } from '@cello/ports'
import { nodeHostName } from '../ledger-network.ts'
import type { Action, ActionContext } from './action.ts'

/** Authorities and administrator of an organization, then the identities of its nodes; each is made once and kept before use. */
export const makeIdentities: Action = async (context) => {
  const { network, step } = context
  const spec = network.record.spec.organizations.find(({ name }) => name === step.key)
  if (!spec) throw new PlatformError('NOT_FOUND', { noun: 'organization', id: step.key })
  const org: OrganizationFacts = { name: spec.name, mspId: mspIdOf(spec), domain: domainOf(network.record.spec, spec) }
  const { identities } = network.shared.store
  const held = new Set(
    (await identities.list(network.record.id)).map(({ organization, subject }) => `${organization}/${subject}`),
  )
  if (!held.has(`${org.name}/ca`) || !held.has(`${org.name}/tls-ca`) || !held.has(`${org.name}/admin`)) {
    await keep(context, org.name, await network.ledger.makeOrganization(org))
  }
  const [ca, tlsCa] = await Promise.all([authority(context, org.name, 'ca'), authority(context, org.name, 'tls-ca')])
  const nodes = network.record.nodes.filter(
    (node) =>
      node.organization === org.name &&
      node.kind !== 'contract' &&
      !node.removed &&
      !held.has(`${org.name}/node-tls/${node.name}`),
  )
  const made = await Promise.all(
    nodes.map((node) => {
      const hosts = [nodeHostName(network.record, node), 'localhost', network.wanted.addresses[node.id] ?? '127.0.0.1']
      return network.ledger.makeNodeIdentities({
        organization: org,
        ca,
        tlsCa,
        name: node.name,
        kind: node.kind,
        hosts,
      })
    }),
  )
  await keep(context, org.name, made.flat())
  await network.refresh(network.record)
}

async function authority(context: ActionContext, organization: string, subject: IdentitySubject): Promise<Authority> {
  const { identities } = context.network.shared.store
  const found = await identities.find(context.network.record.id, organization, subject)
  if (!found) throw new PlatformError('NOT_FOUND', { noun: 'authority', id: `${organization}/${subject}` })
  return { certificate: found.certificate, key: await identities.key(context.network.record.id, organization, subject) }
}

async function keep(context: ActionContext, organization: string, made: readonly MadeIdentity[]): Promise<void> {
  const { store, clock } = context.network.shared
  const rows = made.map((identity): IdentityRecord & { readonly key?: Secret | undefined } => ({
    id: newId(clock.now()),
    networkId: context.network.record.id,
    organization,
    subject: identity.subject,
    certificate: identity.certificate,
    custody: identity.key ? 'held' : 'own',
    createdAt: clock.now(),
    key: identity.key,
  }))
  if (rows.length > 0) await store.identities.keep(rows)
}
