import { mkdirSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, systemClock } from '@cello/kit'
import { PlatformError, type PortName } from '@cello/model'
import type {
  Cancellable,
  CollectOptions,
  Command,
  Driver,
  DriverCapabilities,
  HostFacts,
  LogLine,
  LogOptions,
  NodeSpec,
  NodeStats,
  ObservedNode,
  ProgramRef,
  ProgramSource,
  Reached,
} from '@cello/ports'
import { translate } from './failures.ts'
import { diskUsage } from './file-tree.ts'
import { hostArch, readHostFacts } from './host-facts.ts'
import { freePorts, type PortRange, portRange } from './host-ports.ts'
import { Launcher } from './launch.ts'
import { defaultLogBounds, type LogBounds, rotateLog } from './log-files.ts'
import { readLog } from './log-reader.ts'
import { MarkedProcesses } from './marked-processes.ts'
import { NodeCommands } from './node-commands.ts'
import { type NodeOnDisk, type NodePlaces, placesOf, RecordReader } from './node-record.ts'
import { NodeView, unreadable } from './node-view.ts'
import { isRunning, type MarkedProcess, readBootId, readMemoryBytes, readTree } from './processes.ts'
import { Programs } from './programs.ts'
import { checkNodeId } from './spec-check.ts'

export interface ProcessDriverOptions {
  /** Everything of this driver is below it, in `nodes` and `programs`. */
  readonly dataDir: string
  /** What this host is called in messages; default `local`. */
  readonly host?: string | undefined
  /** Ports that may be allotted; default 20000–29999, below the kernel's ephemeral range. */
  readonly ports?: PortRange | undefined
  /** Where nodes here are dialled, by us and by each other; default 127.0.0.1. */
  readonly address?: string | undefined
  readonly logs?: LogBounds | undefined
  /** How long a start is watched for a node that dies at once, milliseconds; default 40. */
  readonly settleMs?: number | undefined
  readonly clock?: Clock | undefined
}

/** How often it is looked for ended nodes that are not our children, while somebody watches. */
const watchEveryMs = 500

const capabilities: DriverCapabilities = { restarts: 'ours', isolation: 'none', stats: true, followLogs: true }

/**
 * Runs nodes as processes of this machine that outlive us. Nobody can limit their memory here, so no specification asks for
 * it: `ulimit -v` counts address space, of which Go and Node reserve far more than they use, Linux ignores `ulimit -m`, and a
 * control group is its administrator's to give.
 */
export function createProcessDriver(options: ProcessDriverOptions): Driver {
  return new ProcessDriver(options)
}

class ProcessDriver implements Driver {
  readonly kind = 'process'
  readonly capabilities = capabilities
  readonly #host: string
  readonly #address: string
  readonly #ports: PortRange
  readonly #logBounds: LogBounds
  readonly #clock: Clock
  readonly #nodesFolder: string
  readonly #records = new RecordReader()
  readonly #programs: Programs
  readonly #marked: MarkedProcesses
  readonly #view: NodeView
  readonly #commands: NodeCommands
  readonly #hints = new Set<(nodeId: string) => void>()
  readonly #closing = new AbortController()
  readonly #timers: NodeJS.Timeout[]
  /** Processes with our mark whose node's folder is gone. Looked for once. */
  #orphans: readonly MarkedProcess[] | undefined

  constructor(options: ProcessDriverOptions) {
    this.#host = options.host ?? 'local'
    this.#address = options.address ?? '127.0.0.1'
    this.#ports = options.ports ?? portRange()
    this.#logBounds = options.logs ?? defaultLogBounds
    this.#clock = options.clock ?? systemClock
    this.#nodesFolder = join(options.dataDir, 'nodes')
    mkdirSync(this.#nodesFolder, { recursive: true, mode: 0o700 })
    const programsFolder = join(options.dataDir, 'programs')
    this.#programs = new Programs({ folder: programsFolder, host: this.#host, arch: hostArch(), clock: this.#clock })
    this.#marked = new MarkedProcesses(this.#nodesFolder, this.#clock)
    const bootId = readBootId()
    this.#view = new NodeView(bootId, () => this.#marked.recent())
    this.#commands = new NodeCommands({
      host: this.#host,
      nodesFolder: this.#nodesFolder,
      bootId,
      clock: this.#clock,
      programs: this.#programs,
      launcher: new Launcher(join(options.dataDir, 'nodes', '.launcher')),
      records: this.#records,
      view: this.#view,
      marked: this.#marked,
      settleMs: options.settleMs ?? 40,
      onEnd: (nodeId) => this.#hint(nodeId),
    })
    this.#timers = [
      setInterval(() => this.#hintEnded(), watchEveryMs).unref(),
      setInterval(() => void this.#rotateLogs(), this.#logBounds.everyMs).unref(),
    ]
  }

  async facts({ signal }: Cancellable = {}): Promise<HostFacts> {
    signal?.throwIfAborted()
    return await readHostFacts(this.#nodesFolder, { address: this.#address, ports: this.#ports })
  }

  freePorts(candidates: readonly number[], { signal }: Cancellable = {}): Promise<number[]> {
    return freePorts(candidates, signal)
  }

  async addProgram(source: ProgramSource, { signal }: Cancellable = {}): Promise<ProgramRef> {
    try {
      return await this.#programs.add(source, signal)
    } catch (error) {
      throw translate(error, { host: this.#host, node: '(any)' }, signal)
    }
  }

  ensure(spec: NodeSpec, command: Command): Promise<ObservedNode> {
    return this.#commands.ensure(spec, command)
  }

  stop(nodeId: string, command: Command & { readonly graceMs?: number }): Promise<void> {
    return this.#commands.stop(nodeId, command)
  }

  start(nodeId: string, command: Command): Promise<ObservedNode> {
    return this.#commands.start(nodeId, command)
  }

  remove(nodeId: string, command: Command): Promise<void> {
    return this.#commands.remove(nodeId, command)
  }

  async observe({ signal }: Cancellable = {}): Promise<ObservedNode[]> {
    signal?.throwIfAborted()
    const ids = readdirSync(this.#nodesFolder).filter((name) => !name.startsWith('.'))
    const nodes = ids.map((id) => this.#observeOne(id)).filter((node) => node !== undefined)
    const known = new Set(ids)
    this.#orphans ??= this.#marked.recent().filter((found) => !known.has(found.nodeId))
    const orphans = this.#orphans.filter((found) => !known.has(found.nodeId) && isRunning(found.stat))
    return [...nodes, ...orphans.map((orphan) => this.#view.observeOrphan(orphan))]
  }

  watch(hint: (nodeId: string) => void): Disposable {
    this.#hints.add(hint)
    return { [Symbol.dispose]: () => void this.#hints.delete(hint) }
  }

  async *logs(nodeId: string, options: LogOptions = {}): AsyncGenerator<LogLine> {
    const { places } = this.#need(nodeId)
    const signals = [this.#closing.signal, ...(options.signal ? [options.signal] : [])]
    const isLive = () => {
      const record = this.#records.read(places)
      return record !== undefined && this.#view.leader(places, record) !== undefined
    }
    yield* readLog(places.log, { ...options, signal: AbortSignal.any(signals), clock: this.#clock, isLive })
  }

  async stats(nodeId: string, { signal }: Cancellable = {}): Promise<NodeStats> {
    const { places, record } = this.#need(nodeId)
    const leader = this.#view.leader(places, record)
    if (!leader) throw this.#notRunning(nodeId, places, record)
    const tree = readTree(leader.pid)
    return {
      at: this.#clock.now(),
      cpuMs: tree.reduce((sum, one) => sum + one.cpuMs, 0),
      memoryBytes: tree.reduce((sum, one) => sum + readMemoryBytes(one.pid), 0),
      diskBytes: await diskUsage(places.data, signal),
    }
  }

  async reach(nodeId: string, port: PortName): Promise<Reached> {
    const { places, record } = this.#need(nodeId)
    const number = record.spec.ports[port]
    if (number === undefined) throw new PlatformError('NOT_FOUND', { noun: 'port', id: port, node: nodeId })
    if (!this.#view.leader(places, record)) throw this.#notRunning(nodeId, places, record)
    return { host: this.#address, port: number, close: async () => {} }
  }

  async collectPrograms(inUse: ReadonlySet<string>, options: CollectOptions = {}): Promise<void> {
    const names = readdirSync(this.#nodesFolder)
    const ofNodes = names.flatMap((id) => {
      const specified = this.#records.read(placesOf(join(this.#nodesFolder, id)))?.spec.programs ?? {}
      return Object.values(specified).map(({ digest }) => digest)
    })
    await this.#programs.collect(new Set([...inUse, ...ofNodes]), options)
    // Left by a removal that was killed.
    for (const name of names.filter((one) => one.startsWith('.removed-'))) {
      await rm(join(this.#nodesFolder, name), { recursive: true, force: true })
    }
  }

  /** Nodes run on. Waits for commands that are under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    this.#hints.clear()
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all([this.#commands.idle(), this.#programs.idle()])
  }

  #observeOne(id: string): ObservedNode | undefined {
    const places = placesOf(join(this.#nodesFolder, id))
    const record = this.#records.read(places)
    if (record) return this.#view.observe(id, places, record)
    return this.#commands.isBusy(id) ? undefined : unreadable(id)
  }

  #need(nodeId: string): { readonly places: NodePlaces; readonly record: NodeOnDisk } {
    checkNodeId(nodeId)
    const places = placesOf(join(this.#nodesFolder, nodeId))
    const record = this.#records.read(places)
    if (!record) throw new PlatformError('NOT_FOUND', { noun: 'node', id: nodeId })
    return { places, record }
  }

  #notRunning(id: string, places: NodePlaces, record: NodeOnDisk): PlatformError {
    const { organization, name } = record.spec.labels
    const { state } = this.#view.observe(id, places, record)
    return new PlatformError('NODE_UNREACHABLE', { node: `${organization}/${name}`, detail: `it is ${state}` })
  }

  #hint(nodeId: string): void {
    for (const hint of this.#hints) hint(nodeId)
  }

  #hintEnded(): void {
    if (this.#hints.size === 0) return
    for (const id of this.#view.takeEnded()) this.#hint(id)
  }

  async #rotateLogs(): Promise<void> {
    for (const id of this.#view.running()) {
      // A node may be removed meanwhile, and what could not be rotated now is tried again in a moment.
      await rotateLog(placesOf(join(this.#nodesFolder, id)).log, this.#logBounds).catch(() => {})
    }
  }
}
