import { PlatformError } from '@cello/model'
import type { HostFacts, ObservedNode } from '@cello/ports'
import type {
  Effect,
  HostChange,
  Inventory,
  ObservedChanges,
  ProgramState,
  StartFault,
  WorldSpec,
} from './world-api.ts'
import { WorldNode } from './world-node.ts'

/** What all hosts of a world share. */
export interface WorldRecords {
  now(): number
  newVolume(): string
  newPid(): number
  record(effect: Omit<Effect, 'seq' | 'at'>): void
  /** A rule for a node that is about to start, used up by asking. */
  takeStartFault(node: WorldNode): StartFault | undefined
}

/** One host and all that is on it. Synchronous: each method is one indivisible change. */
export class WorldHost {
  readonly id: string
  reachable = true
  facts: HostFacts
  version = 1
  readonly nodes = new Map<string, WorldNode>()
  readonly programs = new Map<string, ProgramState>()
  readonly #records: WorldRecords
  readonly #fences = new Map<string, number>()
  readonly #gone = new Map<string, number>()
  readonly #askedAt = new Map<string, number>()
  readonly #listening = new Map<number, string>()
  #foreignPorts: ReadonlySet<number> = new Set()
  #diskFull = false
  #waiting: (() => void)[] = []

  constructor(id: string, records: WorldRecords) {
    this.id = id
    this.#records = records
    this.facts = {
      hostname: `${id}.fake`,
      os: 'linux',
      arch: 'amd64',
      cpus: 4,
      memoryBytes: 16 * 2 ** 30,
      diskFreeBytes: 100 * 2 ** 30,
      diskTotalBytes: 200 * 2 ** 30,
      address: `${id}.fake`,
      // Nothing real listens here, so all ports but the privileged ones are free.
      ports: { from: 1024, to: 65_535 },
    }
  }

  change(change: HostChange): void {
    this.reachable = change.reachable ?? this.reachable
    this.#diskFull = change.diskFull ?? this.#diskFull
    if (change.foreignPorts) this.#foreignPorts = new Set(change.foreignPorts)
    if (change.facts) this.facts = { ...this.facts, ...change.facts }
  }

  isFree(port: number): boolean {
    return !this.#listening.has(port) && !this.#foreignPorts.has(port)
  }

  /** A fence is remembered even of nodes that are gone: a late command must not bring one back. */
  checkFence(nodeId: string, fence: number): void {
    if (fence < (this.#fences.get(nodeId) ?? 0)) throw new PlatformError('STALE_FENCE', { key: nodeId })
    this.#fences.set(nodeId, fence)
  }

  addProgram(digest: string): void {
    this.#askedAt.set(digest, this.#records.now())
    if (this.programs.has(digest)) return
    this.#needDisk('-')
    this.programs.set(digest, 'ok')
    this.#records.record({ host: this.id, kind: 'add-program', id: digest })
  }

  dropPrograms(inUse: ReadonlySet<string>, keepAskedMs = 0): void {
    const ofNodes = [...this.nodes.values()].flatMap(({ spec }) => Object.values(spec.programs))
    const kept = new Set([...inUse, ...ofNodes.map(({ digest }) => digest)])
    for (const digest of this.programs.keys()) {
      if (kept.has(digest) || this.#records.now() - (this.#askedAt.get(digest) ?? -Infinity) < keepAskedMs) continue
      this.programs.delete(digest)
      this.#records.record({ host: this.id, kind: 'drop-program', id: digest })
    }
  }

  ensure(spec: WorldSpec): ObservedNode {
    const node = this.nodes.get(spec.id)
    const same = node?.spec.digest === spec.digest && node.spec.incarnation === spec.incarnation
    if (node && same) return node.state === 'running' ? node.observed() : this.#run(node)
    this.#checkPrograms(spec)
    this.#needDisk(spec.id)
    this.#checkPorts(spec)
    if (node) {
      this.stop(spec.id)
      node.spec = spec
      this.#happened('respecify', node)
      return this.#run(node)
    }
    const made = new WorldNode(spec, this.#records.newVolume())
    this.nodes.set(spec.id, made)
    this.#gone.delete(spec.id)
    this.#happened('create', made)
    return this.#run(made)
  }

  /** @throws NOT_FOUND */
  start(nodeId: string): ObservedNode {
    const node = this.need(nodeId)
    return node.state === 'running' ? node.observed() : this.#run(node)
  }

  stop(nodeId: string): void {
    const node = this.nodes.get(nodeId)
    if (!node || node.state === 'stopped') return
    const ran = node.state === 'running'
    this.#end(node, 'stopped')
    if (ran) this.#happened('stop', node)
    else this.touch(node)
  }

  exit(node: WorldNode, { code = 1, signal, lines = [] }: Omit<StartFault, 'about' | 'times'>): void {
    if (node.state !== 'running') return
    for (const line of lines) node.write(line, this.#records.now())
    node.exit = { code, signal, at: this.#records.now() }
    this.#end(node, 'exited')
    this.#happened('exit', node)
  }

  remove(nodeId: string): void {
    const node = this.nodes.get(nodeId)
    if (!node) return
    this.#end(node, 'stopped')
    this.nodes.delete(nodeId)
    this.#happened('remove', node)
    this.#gone.set(nodeId, this.version)
  }

  /** @throws NOT_FOUND */
  need(nodeId: string): WorldNode {
    const node = this.nodes.get(nodeId)
    if (!node) throw new PlatformError('NOT_FOUND', { noun: 'node', id: nodeId })
    return node
  }

  observe(since: number): ObservedChanges {
    const changed: ObservedNode[] = []
    for (const node of this.nodes.values()) if (node.version > since) changed.push(node.observed())
    const gone = [...this.#gone].filter(([, version]) => version > since).map(([id]) => id)
    return { version: this.version, nodes: changed, gone }
  }

  changedSince(since: number): string[] {
    const { nodes, gone } = this.observe(since)
    return [...nodes.map((node) => node.id), ...gone]
  }

  /** Resolves at the next change of anything here, its log lines included. */
  nextChange(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        this.#waiting = this.#waiting.filter((other) => other !== wake)
        reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
      }
      if (signal?.aborted) return leave()
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiting.push(wake)
    })
  }

  touch(node: WorldNode): void {
    this.version += 1
    node.touch(this.version)
    this.wake()
  }

  wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  nodesForTests(): Inventory['nodes'] {
    return [...this.nodes.values()].map((node) => ({
      ...node.observed(),
      host: this.id,
      volume: node.volume,
      spec: node.spec,
    }))
  }

  portsForTests(): [string, string][] {
    return [...this.#listening].map(([port, id]) => [`${this.id}:${port}`, id])
  }

  #run(node: WorldNode): ObservedNode {
    this.#checkPrograms(node.spec)
    this.#checkPorts(node.spec)
    for (const port of Object.values(node.spec.ports)) this.#listening.set(port, node.spec.id)
    node.state = 'running'
    node.startedAt = this.#records.now()
    node.exit = undefined
    node.pid = this.#records.newPid()
    node.write(`started ${node.spec.command}, incarnation ${node.spec.incarnation}`, node.startedAt)
    this.#happened('start', node)
    const answer = node.observed()
    const fault = this.#records.takeStartFault(node)
    if (fault) this.exit(node, fault)
    return answer
  }

  #end(node: WorldNode, state: 'stopped' | 'exited'): void {
    for (const [port, id] of this.#listening) if (id === node.spec.id) this.#listening.delete(port)
    node.state = state
    node.pid = undefined
    if (state === 'stopped') node.exit = undefined
  }

  #happened(kind: Effect['kind'], node: WorldNode): void {
    const { id, incarnation } = node.spec
    this.#records.record({ host: this.id, kind, id, volume: node.volume, incarnation })
    this.touch(node)
  }

  #checkPorts(spec: WorldSpec): void {
    for (const port of Object.values(spec.ports)) {
      const holder = this.#listening.get(port)
      if ((holder !== undefined && holder !== spec.id) || this.#foreignPorts.has(port)) {
        throw new PlatformError('PORT_TAKEN', { port, node: spec.labels.name, host: this.id })
      }
    }
  }

  #needDisk(node: string): void {
    if (this.#diskFull) throw new PlatformError('DISK_FULL', { host: this.id, node })
  }

  #checkPrograms(spec: WorldSpec): void {
    for (const [program, { digest }] of Object.entries(spec.programs)) {
      const state = this.programs.get(digest) ?? 'missing'
      if (state === 'ok') continue
      const code = (
        { missing: 'PROGRAM_MISSING', changed: 'PROGRAM_CHANGED', unsuitable: 'PROGRAM_UNSUITABLE' } as const
      )[state]
      const detail = { missing: 'it is not kept', changed: 'its digest differs', unsuitable: 'exec format error' }[
        state
      ]
      throw new PlatformError(code, { program, node: spec.labels.name, host: this.id, detail })
    }
  }
}
