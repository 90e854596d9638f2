import type { CallOptions } from '../endpoint.ts'
import { FabricError } from '../errors.ts'
import type { RestClient } from './rest.ts'

/** One sample of a Prometheus page. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What an orderer's own counters say of a channel's consensus. Absent fields: the orderer does not say. */
export interface ConsensusReading {
  readonly protocol: 'etcdraft' | 'BFT'
  /** Raft: live. BFT: as of the last delivered block, so the named leader's process must be seen to answer too. */
  readonly isLeader: boolean
  /** BFT consenter id of the leader. */
  readonly leaderId?: number
  /** Raft: consenters that this node hears (the leader's count is the true one). */
  readonly activeNodes?: number
  readonly clusterSize?: number
  /** Number of the last committed block. */
  readonly committedBlock?: number
  /** Raft: changes of leader seen since the node started. */
  readonly leaderChanges?: number
}

export interface MetricsOptions extends CallOptions {
  /** Only samples whose names begin so, such as `consensus_`: a page has hundreds of others. */
  readonly prefix?: string
}

/** Reads a node's operations page `/metrics`. @throws FabricError UNREACHABLE, DENIED, NOT_FOUND (metrics off) */
export async function readMetrics(
  rest: RestClient,
  { prefix, ...options }: MetricsOptions = {},
): Promise<readonly Sample[]> {
  const context = { ...options, doing: 'read metrics' }
  const { status, body } = await rest.send({ method: 'GET', path: '/metrics' }, context)
  if (status === 200) return parseMetrics(body.toString('utf8'), prefix)
  const off = status === 404
  throw new FabricError(off ? 'NOT_FOUND' : 'DENIED', `Could not read metrics: HTTP ${status}`, {
    node: rest.endpoint.node,
    status: `HTTP ${status}`,
    next: off ? 'Set metrics.provider to prometheus' : 'Use a client certificate of an operations authority',
  })
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g

/** The samples of a Prometheus text page whose names begin with `prefix`; comments and lines it does not understand are left out. */
export function parseMetrics(page: string, prefix = ''): readonly Sample[] {
  return page.split('\n').flatMap((text) => {
    if (!text.startsWith(prefix)) return []
    const [, name, labels = '', value] = line.exec(text) ?? []
    if (name === undefined || value === undefined) return []
    const pairs = [...labels.matchAll(label)].map(([, key = '', raw = '']) => [key, unescape(raw)] as const)
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value.replace('Inf', 'Infinity')) }]
  })
}

function unescape(raw: string): string {
  return raw.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character))
}

/** What the samples say of one channel's consensus; undefined when the orderer does not take part in it. */
export function consensusOf(samples: readonly Sample[], channel: string): ConsensusReading | undefined {
  const read = (name: string) =>
    samples.find((sample) => sample.name === name && sample.labels['channel'] === channel)?.value
  const raft = read('consensus_etcdraft_is_leader')
  if (raft !== undefined) {
    return withoutGaps({
      protocol: 'etcdraft',
      isLeader: raft === 1,
      activeNodes: read('consensus_etcdraft_active_nodes'),
      clusterSize: read('consensus_etcdraft_cluster_size'),
      committedBlock: read('consensus_etcdraft_committed_block_number'),
      leaderChanges: read('consensus_etcdraft_leader_changes'),
    })
  }
  const bft = read('consensus_BFT_is_leader')
  if (bft === undefined) return undefined
  return withoutGaps({
    protocol: 'BFT',
    isLeader: bft === 1,
    leaderId: read('consensus_BFT_leader_id'),
    clusterSize: read('consensus_BFT_cluster_size'),
    committedBlock: read('consensus_BFT_committed_block_number'),
  })
}

type Gaps<T> = { readonly [K in keyof T]: T[K] | undefined }

function withoutGaps({
  protocol,
  isLeader,
  ...rest
}: Required<Pick<ConsensusReading, 'protocol' | 'isLeader'>> & Partial<Gaps<ConsensusReading>>): ConsensusReading {
  const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  return { protocol, isLeader, ...known }
}
