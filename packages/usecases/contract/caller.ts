import { memberOrganizations, PlatformError } from '@cello/model'
import type { IdentitySubject, InvokeRequest, NetworkRecord } from '@cello/ports'
import type { Context } from '../context.ts'
import { findChannel, findNetwork, refuseDeleting, refuseDown } from '../network/find.ts'
import { type ContractTarget, findContract } from './queries.ts'

export interface ContractCall extends ContractTarget {
  readonly function: string
  readonly args: readonly string[]
  readonly transient?: Readonly<Record<string, string>> | undefined
  /** The call that a contract with `initRequired` waits for. */
  readonly init?: boolean | undefined
  /** Default: the first member of the channel. */
  readonly organization?: string | undefined
  /** `admin`, or the name of a held user. */
  readonly identity: string
}

/** The call as the ledger takes it, with the certificate of who calls. @throws NOT_FOUND, NETWORK_DELETING, NETWORK_STOPPED, CHANGE_REFUSED */
export async function describeCall(
  context: Context,
  target: ContractCall,
): Promise<{ readonly network: NetworkRecord; readonly request: InvokeRequest }> {
  const network = await findNetwork(context, target.network)
  refuseDeleting(network)
  refuseDown(network)
  const channel = findChannel(network, target.channel)
  findContract(channel, target.contract)
  const members = memberOrganizations(network.spec, channel).map(({ name }) => String(name))
  const organization = target.organization ?? members[0] ?? ''
  if (!members.includes(organization)) {
    throw new PlatformError('NOT_FOUND', { noun: `member of channel ${channel.name}`, id: organization })
  }
  const subject = subjectOf(target.identity)
  const { certificate } = await heldIdentity(context, network, organization, subject)
  return {
    network,
    request: {
      channel: target.channel,
      contract: target.contract,
      function: target.function,
      args: target.args,
      transient: target.transient,
      init: target.init,
      organization,
      subject,
      certificate,
    },
  }
}

/** `admin` is the organization's first administrator; every other name is a user's. */
export function subjectOf(name: string): IdentitySubject {
  return name === 'admin' ? 'admin' : `user/${name}`
}

async function heldIdentity(context: Context, network: NetworkRecord, organization: string, subject: IdentitySubject) {
  const found = await context.store.identities.find(network.id, organization, subject)
  const name = `${organization}/${subject.replace(/^user\//, '')}`
  if (!found) throw new PlatformError('NOT_FOUND', { noun: 'user', id: name })
  if (found.custody === 'own') {
    throw new PlatformError('CHANGE_REFUSED', {
      detail: `the key of ${name} is not kept here, so nothing can be signed with it`,
      nearest: 'Call the contract from where the key is, or name a held identity.',
    })
  }
  return found
}
