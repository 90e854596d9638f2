import type { NodeRecord, ObservedNetwork, ObservedNodeState } from '@cello/model'
import type { LedgerSession, NetworkRecord, ObservedNode } from '@cello/ports'
import type { HostSnapshots } from './host-snapshots.ts'

/** A network that was as it is wanted is looked at whole at least so often, milliseconds. */
const wholeLookMs = 3_600_000
/** A list of a host's nodes serves all networks that are looked at within so many milliseconds. */
const sharedListMs = 250
/** Milliseconds that a node gets to tell its heights. */
const askMs = 5_000

/** How a network was when it was last seen to be as it is wanted, and what tells that something of it has changed since. */
interface Rest {
  readonly generation: number
  /** Of the whole look, milliseconds of the monotonic clock. */
  readonly since: number
  /** By node id: what its host said. */
  readonly faces: ReadonlyMap<string, string>
  /** Short looks so far: each asks the next peer and the next orderer. */
  looks: number
}

export interface StillnessSources {
  readonly hosts: HostSnapshots
  /** Milliseconds of the monotonic clock. */
  now(): number
  session(networkId: string): Promise<LedgerSession>
}

/**
 * Thousands of networks must cost little while nothing happens to them. Of one that was as it is wanted only two things are
 * asked: what its hosts say of its nodes (one list for all networks), and the height of each channel at one peer and one
 * orderer, other ones each time. As long as neither has changed, no block can have brought a new configuration or definition,
 * and the last whole look still tells all. It is lost with the process, which costs one whole look each.
 */
export class Stillness {
  readonly #sources: StillnessSources
  readonly #rests = new Map<string, Rest>()

  constructor(sources: StillnessSources) {
    this.#sources = sources
  }

  /** Notes that the network is as it is wanted in `seen`, a whole look; not, if a node is no longer what it was then. */
  async note(record: NetworkRecord, seen: ObservedNetwork): Promise<void> {
    const faces = await this.#faces(record, (node, { id }) => isAsSeen(node, seen.nodes[id]))
    if (faces)
      this.#rests.set(record.id, { generation: record.generation, since: this.#sources.now(), faces, looks: 0 })
  }

  forget(networkId: string): void {
    this.#rests.delete(networkId)
  }

  /** Whether all is as in `seen`, the last whole look. Anything that cannot be asked counts as a change. */
  async holds(record: NetworkRecord, seen: ObservedNetwork): Promise<boolean> {
    const rest = this.#rests.get(record.id)
    if (rest?.generation !== record.generation || record.deleting) return false
    if (this.#sources.now() - rest.since > wholeLookMs) return false
    const faces = await this.#faces(record)
    if (!faces || !isSame(rest.faces, faces)) return false
    rest.looks += 1
    return record.power === 'stopped' || this.#heightsHold(record, seen, rest.looks)
  }

  /** Undefined where a host does not answer, or a node is not as it must be. */
  async #faces(
    record: NetworkRecord,
    mustBe: (node: ObservedNode | undefined, row: NodeRecord) => boolean = () => true,
  ): Promise<ReadonlyMap<string, string> | undefined> {
    const faces = new Map<string, string>()
    for (const hostId of new Set(record.nodes.map((node) => node.hostId))) {
      const nodes = await this.#sources.hosts.nodes(hostId, sharedListMs)
      if (!nodes) return undefined
      for (const row of record.nodes.filter((node) => node.hostId === hostId)) {
        const node = nodes.get(row.id)
        if (!mustBe(node, row)) return undefined
        faces.set(row.id, face(node))
      }
    }
    return faces
  }

  async #heightsHold(record: NetworkRecord, seen: ObservedNetwork, look: number): Promise<boolean> {
    try {
      const session = await this.#sources.session(record.id)
      const signal = AbortSignal.timeout(askMs)
      const held = await Promise.all(
        (['orderer', 'peer'] as const).map(async (kind) => {
          const node = turn(runningNodes(record, kind), look)
          if (!node) return true
          const same = await Promise.all(
            Object.entries(seen.channels).map(async ([name, state]) => {
              const height = await session.observeHeight(node.id, name, { signal })
              return state[`${kind}s`][node.id]?.height === height
            }),
          )
          return same.every(Boolean)
        }),
      )
      return held.every(Boolean)
    } catch {
      return false
    }
  }
}

function runningNodes(record: NetworkRecord, kind: NodeRecord['kind']): NodeRecord[] {
  return record.nodes.filter((node) => node.kind === kind && node.power === 'running' && !node.removed)
}

function turn<T>(all: readonly T[], look: number): T | undefined {
  return all[look % Math.max(1, all.length)]
}

function face(node: ObservedNode | undefined): string {
  return node ? `${node.state} ${node.incarnation} ${node.startedAt} ${node.specDigest}` : 'absent'
}

function isAsSeen(node: ObservedNode | undefined, seen: ObservedNodeState | undefined): boolean {
  if (!node || !seen) return node === undefined && (seen === undefined || seen.state === 'absent')
  return node.state === seen.state && node.incarnation === seen.incarnation && node.startedAt === seen.startedAt
}

function isSame(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): boolean {
  return before.size === after.size && [...before].every(([id, seen]) => after.get(id) === seen)
}
