import { type NodeKind, nodeRef, PlatformError } from '@cello/model'
import type {
  Cancellable,
  IdentitySubject,
  LedgerAccess,
  LedgerNetwork,
  LedgerNode,
  LedgerOrganization,
} from '@cello/ports'
import { endpointOf, nodeOf } from '../chain-config.ts'
import { isKeyOf } from '../identities.ts'

/** Finds a network's nodes and keys. A node is reached anew at each call, so one that stopped is found out at once. */
export class Reach {
  network: LedgerNetwork
  readonly #access: LedgerAccess

  constructor(network: LedgerNetwork, access: LedgerAccess) {
    this.network = network
    this.#access = access
  }

  /** Those that are to be removed too: as long as they answer they count. */
  nodes(kind: NodeKind, organization?: string): LedgerNode[] {
    return this.network.nodes.filter(
      ({ record }) => record.kind === kind && (organization === undefined || record.organization === organization),
    )
  }

  /** @throws NOT_FOUND */
  node(nodeId: string): LedgerNode {
    return nodeOf(this.network, nodeId)
  }

  /** @throws NOT_FOUND */
  organization(name: string): LedgerOrganization {
    const found = this.network.organizations.find((org) => org.name === name)
    if (!found) throw new PlatformError('NOT_FOUND', { noun: 'organization', id: name })
    return found
  }

  /** The volume of a node that answers. @throws NODE_UNREACHABLE */
  async volume({ record }: LedgerNode, options?: Cancellable): Promise<string> {
    try {
      const reached = await this.#access.reach(record.id, 'service', options)
      await reached.close()
      return reached.host
    } catch (error) {
      options?.signal?.throwIfAborted()
      const detail = error instanceof Error ? error.message : String(error)
      throw new PlatformError('NODE_UNREACHABLE', { node: nodeRef(record), detail }, { cause: error })
    }
  }

  /** Volumes of those of the nodes that answer. */
  async live(nodes: readonly LedgerNode[], options?: Cancellable): Promise<string[]> {
    const volumes = await Promise.all(
      nodes.map((node) =>
        this.volume(node, options).catch(() => {
          options?.signal?.throwIfAborted()
          return undefined
        }),
      ),
    )
    return volumes.filter((volume) => volume !== undefined)
  }

  /**
   * What the first of the nodes says that answers and has the channel. @throws NOT_FOUND when all answer and none has it,
   * NODE_UNREACHABLE when one that may have it does not answer.
   */
  async first<T>(
    channel: string,
    nodes: readonly LedgerNode[],
    ask: (volume: string, node: LedgerNode) => Promise<T>,
    options?: Cancellable,
  ): Promise<T> {
    let silent: unknown
    for (const node of nodes) {
      try {
        return await ask(await this.volume(node, options), node)
      } catch (error) {
        if (isUnreachable(error)) silent ??= error
        else if (!isWithoutChannel(error)) throw error
      }
    }
    throw silent ?? new PlatformError('NOT_FOUND', { noun: 'channel', id: channel })
  }

  /** The node of this network that answers there, if it is one of ours. */
  at(endpoint: string): LedgerNode | undefined {
    const [, port] = /^(?:.*):(\d+)$/.exec(endpoint) ?? []
    return this.nodes('contract').find(
      (node) => endpointOf(node) === endpoint || `${node.hostName}:${port}` === endpoint,
    )
  }

  /** Proves that the organization's administrator is held. @throws LEDGER_REFUSED when the key is not that of the certificate. */
  actAsAdmin(organization: string): Promise<string> {
    return this.actAs(organization, 'admin', this.organization(organization).adminCertificate)
  }

  /** As `actAsAdmin`, for any identity. @returns its name in transactions. */
  async actAs(organization: string, subject: IdentitySubject, certificate: string): Promise<string> {
    if (isKeyOf(certificate, await this.#access.key(organization, subject))) return `${organization}/${subject}`
    throw new PlatformError('LEDGER_REFUSED', { detail: `access denied: not the key of ${organization} ${subject}` })
  }
}

export function isUnreachable(error: unknown): error is PlatformError {
  return error instanceof PlatformError && error.code === 'NODE_UNREACHABLE'
}

function isWithoutChannel(error: unknown): boolean {
  return error instanceof PlatformError && error.code === 'NOT_FOUND' && error.facts.noun === 'channel'
}
