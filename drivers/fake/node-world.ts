import { randomBytes } from 'node:crypto'
import { type Clock, FaultRules, silence, systemClock } from '@cello/kit'
import { type ErrorCode, isErrorCode, PlatformError } from '@cello/model'
import type { HostFacts, NodeStats, ObservedNode, ProgramRef } from '@cello/ports'
import { ProgramDigests } from './program-digest.ts'
import type {
  Effect,
  ExitFacts,
  HostCall,
  HostChange,
  Inventory,
  NodeCommand,
  ProgramState,
  StartFault,
  WorldApi,
  WorldForDriver,
} from './world-api.ts'
import { WorldHost } from './world-host.ts'
import type { WorldNode } from './world-node.ts'

/** Call arguments of a method of the world. */
type Call<M extends keyof WorldForDriver> = Parameters<WorldForDriver[M]>[0]

export interface NodeWorldOptions {
  readonly clock?: Clock
  /** For faults with a probability; default 1. */
  readonly seed?: number
  /** Begins every volume's name; default 8 random hex digits. Give it where runs must be equal. */
  readonly prefix?: string
}

/**
 * Hosts with nodes that are not there: states, volumes, ports, programs, fences, logs, and faults on demand. Hosts exist as
 * soon as they are named. Everything that ever happened is in its journal.
 */
export class NodeWorld implements WorldApi {
  readonly #clock: Clock
  readonly #faults: FaultRules
  readonly #digests = new ProgramDigests()
  readonly #hosts = new Map<string, WorldHost>()
  readonly #journal: Effect[] = []
  readonly #calls = new Map<string, number>()
  #startFaults: { readonly fault: StartFault; left: number }[] = []
  #latencyMs = 0
  readonly #records

  constructor(options: NodeWorldOptions = {}) {
    this.#clock = options.clock ?? systemClock
    this.#faults = new FaultRules(options.seed)
    const prefix = options.prefix ?? randomBytes(4).toString('hex')
    let made = 0
    let pid = 1000
    this.#records = {
      now: () => this.#clock.now(),
      newVolume: () => `${prefix}-${++made}`,
      newPid: () => ++pid,
      record: (effect: Omit<Effect, 'seq' | 'at'>) => {
        this.#journal.push({ seq: this.#journal.length + 1, at: this.#clock.now(), ...effect })
      },
      takeStartFault: (node: WorldNode) => this.#takeStartFault(node),
    }
  }

  facts(call: HostCall): Promise<HostFacts> {
    return this.#gate('facts', call, (host) => host.facts)
  }

  freePorts(call: Call<'freePorts'>): Promise<number[]> {
    return this.#gate('freePorts', call, (host) => call.candidates.filter((port) => host.isFree(port)))
  }

  addProgram(call: Call<'addProgram'>): Promise<ProgramRef> {
    return this.#gate('addProgram', call, async (host) => {
      const ref = await this.#digests.refTo(call.source, call.host)
      host.addProgram(ref.digest)
      return ref
    })
  }

  ensure(call: Call<'ensure'>): Promise<ObservedNode> {
    return this.#command('ensure', call, (host) => host.ensure(call.spec))
  }

  stop(call: NodeCommand): Promise<void> {
    return this.#command('stop', call, (host) => host.stop(call.nodeId))
  }

  start(call: NodeCommand): Promise<ObservedNode> {
    return this.#command('start', call, (host) => host.start(call.nodeId))
  }

  remove(call: NodeCommand): Promise<void> {
    return this.#command('remove', call, (host) => host.remove(call.nodeId))
  }

  observe(call: Call<'observe'>): ReturnType<WorldForDriver['observe']> {
    return this.#gate('observe', call, (host) => host.observe(call.since))
  }

  async changed(call: Call<'changed'>): ReturnType<WorldForDriver['changed']> {
    const host = this.#host(call.host)
    // From the future: the caller asks where now is.
    if (call.since > host.version) return { version: host.version, ids: [] }
    while (host.version <= call.since) await host.nextChange(call.signal)
    return { version: host.version, ids: host.changedSince(call.since) }
  }

  logs(call: Call<'logs'>): ReturnType<WorldForDriver['logs']> {
    return this.#gate('logs', call, async (host) => {
      for (;;) {
        const node = host.need(call.nodeId)
        const lines = node.lines(call.from, call.tail)
        if (lines.length > 0 || !call.wait) return { lines, next: node.nextLine }
        await host.nextChange(call.signal)
      }
    })
  }

  stats(call: Call<'stats'>): Promise<NodeStats> {
    return this.#gate('stats', call, (host) => {
      const node = running(host, call.nodeId)
      const at = this.#clock.now()
      // A node that idles: 1 % of a core, 40 MB (as measured of an orderer in use), and some data.
      const cpuMs = Math.round((at - (node.startedAt ?? at)) / 100)
      return { at, cpuMs, memoryBytes: 40_000_000, diskBytes: 1_000_000 + node.nextLine * 100 }
    })
  }

  reach(call: Call<'reach'>): ReturnType<WorldForDriver['reach']> {
    return this.#gate('reach', call, (host) => {
      const node = running(host, call.nodeId)
      if (node.cut) throw new PlatformError('NODE_UNREACHABLE', { node: call.nodeId, detail: 'the connection is cut' })
      const port = node.spec.ports[call.port]
      if (port === undefined) throw new PlatformError('NOT_FOUND', { noun: 'port', id: call.port, node: call.nodeId })
      return { host: `fake-volume-${node.volume}`, port }
    })
  }

  collectPrograms(call: Call<'collectPrograms'>): Promise<void> {
    return this.#gate('collectPrograms', call, (host) => host.dropPrograms(new Set(call.inUse), call.keepAskedMs))
  }

  async addFault(rule: Parameters<WorldApi['addFault']>[0]): Promise<void> {
    this.#faults.add(rule)
  }

  async clearFaults(seed?: number): Promise<void> {
    this.#faults.clear()
    this.#startFaults = []
    this.#latencyMs = 0
    if (seed !== undefined) this.#faults.seed(seed)
  }

  async setLatency(ms: number): Promise<void> {
    this.#latencyMs = ms
  }

  async setHost(host: string, change: HostChange): Promise<void> {
    this.#host(host).change(change)
  }

  async exitNode(nodeId: string, exit: ExitFacts = {}): Promise<void> {
    const [host, node] = this.#find(nodeId)
    host.exit(node, exit)
  }

  async dieAtOnce(fault: StartFault): Promise<void> {
    this.#startFaults.push({ fault, left: fault.times ?? 1 })
  }

  async cutNode(nodeId: string, cut: boolean): Promise<void> {
    this.#find(nodeId)[1].cut = cut
  }

  async writeLog(nodeId: string, text: string): Promise<void> {
    const [host, node] = this.#find(nodeId)
    node.write(text, this.#clock.now())
    host.wake()
  }

  async spoilProgram(host: string, digest: string, how: ProgramState): Promise<void> {
    this.#host(host).programs.set(digest, how)
  }

  async inventory(): Promise<Inventory> {
    const hosts = [...this.#hosts.values()]
    const nodes = hosts.flatMap((host) => host.nodesForTests())
    return {
      nodes,
      volumes: nodes.map((node) => node.volume),
      ports: Object.fromEntries(hosts.flatMap((host) => host.portsForTests())),
      programs: Object.fromEntries(hosts.map((host) => [host.id, [...host.programs.keys()]])),
    }
  }

  async journal(since = 0): Promise<Effect[]> {
    return this.#journal.slice(since)
  }

  async calls(): Promise<Record<string, number>> {
    return Object.fromEntries(this.#calls)
  }

  #host(id: string): WorldHost {
    const known = this.#hosts.get(id)
    if (known) return known
    const host = new WorldHost(id, this.#records)
    this.#hosts.set(id, host)
    return host
  }

  #find(nodeId: string): [WorldHost, WorldNode] {
    for (const host of this.#hosts.values()) {
      const node = host.nodes.get(nodeId)
      if (node) return [host, node]
    }
    throw new PlatformError('NOT_FOUND', { noun: 'node', id: nodeId })
  }

  #takeStartFault({ spec }: WorldNode): StartFault | undefined {
    const { network, organization, name } = spec.labels
    const path = `${network}/${organization}/${name}`
    const found = this.#startFaults.find(
      ({ fault: { about }, left }) =>
        left > 0 &&
        (about === undefined || [spec.id, `${organization}/${name}`].includes(about) || path.startsWith(about)),
    )
    if (found) found.left -= 1
    return found?.fault
  }

  #command<T>(method: keyof WorldForDriver, call: NodeCommand, act: (host: WorldHost) => T): Promise<T> {
    return this.#gate(method, call, (host) => {
      host.checkFence(call.nodeId, call.fence)
      return act(host)
    })
  }

  /** What every call goes through: counting, latency, cuts, faults before and after. */
  async #gate<T>(
    method: keyof WorldForDriver,
    call: HostCall & { readonly nodeId?: string },
    act: (host: WorldHost) => T | Promise<T>,
  ): Promise<T> {
    call.signal?.throwIfAborted()
    this.#calls.set(method, (this.#calls.get(method) ?? 0) + 1)
    if (this.#latencyMs > 0) await this.#clock.sleep(this.#latencyMs, { signal: call.signal })
    const host = this.#host(call.host)
    const unreachable = (detail: string, code: ErrorCode = 'HOST_UNREACHABLE') =>
      new PlatformError(code, { host: call.host, node: call.nodeId ?? '-', detail })
    if (!host.reachable) throw unreachable('no route to host')
    const fault = this.#faults.strike(method, [call.host, call.nodeId])
    if (fault?.when === 'hang') await silence(call.signal)
    if (fault?.when === 'before') throw unreachable('the connection was refused', codeOf(fault.error))
    const result = await act(host)
    if (fault) throw unreachable('the answer did not come in time', codeOf(fault.error))
    return result
  }
}

function running(host: WorldHost, nodeId: string): WorldNode {
  const node = host.need(nodeId)
  if (node.state !== 'running') {
    throw new PlatformError('NODE_UNREACHABLE', { node: nodeId, detail: `it is ${node.state}` })
  }
  return node
}

function codeOf(code: string | undefined): ErrorCode | undefined {
  return isErrorCode(code) ? code : undefined
}
