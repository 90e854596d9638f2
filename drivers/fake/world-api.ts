import type { FaultRule } from '@cello/kit'
import type { PortName } from '@cello/model'
import type {
  Cancellable,
  HostFacts,
  LogLine,
  NodeSpec,
  NodeStats,
  ObservedNode,
  ProgramRef,
  ProgramSource,
} from '@cello/ports'

/** A NodeSpec as the world gets it: of secrets it is told no more than their digest. */
export interface WorldSpec extends Omit<NodeSpec, 'secretFiles'> {
  readonly secretFiles: readonly { readonly path: string; readonly sha256: string }[]
  readonly digest: string
}

/** One command to one host: `host` is the host's id. */
export interface HostCall extends Cancellable {
  readonly host: string
}

export interface NodeCall extends HostCall {
  readonly nodeId: string
}

export interface NodeCommand extends NodeCall {
  readonly fence: number
}

/** What a driver says to the world. Plain data both ways, so that the world can be in another process. */
export interface WorldForDriver {
  facts(call: HostCall): Promise<HostFacts>
  freePorts(call: HostCall & { readonly candidates: readonly number[] }): Promise<number[]>
  addProgram(call: HostCall & { readonly source: ProgramSource }): Promise<ProgramRef>
  ensure(call: NodeCommand & { readonly spec: WorldSpec }): Promise<ObservedNode>
  stop(call: NodeCommand): Promise<void>
  start(call: NodeCommand): Promise<ObservedNode>
  remove(call: NodeCommand): Promise<void>
  /** What has changed after `since`, a version that an earlier answer gave; 0 for everything. */
  observe(call: HostCall & { readonly since: number }): Promise<ObservedChanges>
  /** Answers when something has changed after `since`. @returns the version then, and the ids. */
  changed(call: HostCall & { readonly since: number }): Promise<{ readonly version: number; readonly ids: string[] }>
  /** Lines from number `from` on. With `wait` it answers only when there is one. */
  logs(
    call: NodeCall & { readonly from: number; readonly tail?: number | undefined; readonly wait: boolean },
  ): Promise<{ readonly lines: LogLine[]; readonly next: number }>
  stats(call: NodeCall): Promise<NodeStats>
  reach(call: NodeCall & { readonly port: PortName }): Promise<{ readonly host: string; readonly port: number }>
  collectPrograms(
    call: HostCall & { readonly inUse: readonly string[]; readonly keepAskedMs?: number | undefined },
  ): Promise<void>
}

export interface ObservedChanges {
  readonly version: number
  readonly nodes: readonly ObservedNode[]
  readonly gone: readonly string[]
}

/** What a test says to the world. */
export interface WorldForTests {
  /** Makes calls of a driver method go wrong; `about` may be a node id or a host id. */
  addFault(rule: FaultRule): Promise<void>
  clearFaults(seed?: number): Promise<void>
  /** Milliseconds before each call to a driver method does anything. */
  setLatency(ms: number): Promise<void>
  setHost(host: string, change: HostChange): Promise<void>
  /** The node ends by itself. */
  exitNode(nodeId: string, exit?: ExitFacts): Promise<void>
  /** The next `times` (default 1) starts of nodes that fit end at once. */
  dieAtOnce(fault: StartFault): Promise<void>
  /** The node runs and cannot be dialled. */
  cutNode(nodeId: string, cut: boolean): Promise<void>
  writeLog(nodeId: string, text: string): Promise<void>
  /** The host's copy of a program: gone, altered, or made for another machine; `ok` mends it. */
  spoilProgram(host: string, digest: string, how: ProgramState): Promise<void>
  inventory(): Promise<Inventory>
  /** All effects in order, after number `since`. */
  journal(since?: number): Promise<Effect[]>
  /** How often each driver method was called, whatever came of it. */
  calls(): Promise<Record<string, number>>
}

export type WorldApi = WorldForDriver & WorldForTests

export type ProgramState = 'ok' | 'missing' | 'changed' | 'unsuitable'

export interface HostChange {
  readonly reachable?: boolean
  readonly diskFull?: boolean
  /** Ports that a program which is not ours listens on. */
  readonly foreignPorts?: readonly number[]
  readonly facts?: Partial<HostFacts>
}

export interface ExitFacts {
  readonly code?: number | 'unknown'
  readonly signal?: string
  readonly lines?: readonly string[]
}

export interface StartFault extends ExitFacts {
  /** A node id, `organization/name`, or the beginning of `network/organization/name` as labels say; absent: any node. */
  readonly about?: string
  readonly times?: number
}

/** Everything that exists. */
export interface Inventory {
  readonly nodes: readonly (ObservedNode & {
    readonly host: string
    readonly volume: string
    readonly spec: WorldSpec
  })[]
  readonly volumes: readonly string[]
  /** Ports that our nodes listen on, as `host:port`, with the node's id. */
  readonly ports: Readonly<Record<string, string>>
  /** Digests kept, by host. */
  readonly programs: Readonly<Record<string, readonly string[]>>
}

/** Something that happened. A repetition that changed nothing is no effect. */
export interface Effect {
  readonly seq: number
  readonly at: number
  readonly host: string
  readonly kind: 'create' | 'respecify' | 'start' | 'stop' | 'exit' | 'remove' | 'add-program' | 'drop-program'
  /** A node's id, or a program's digest. */
  readonly id: string
  readonly volume?: string | undefined
  readonly incarnation?: number | undefined
}
