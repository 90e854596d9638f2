import { randomBytes } from 'node:crypto'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '@cello/kit'
import { PlatformError } from '@cello/model'
import { type Command, type NodeSpec, type ObservedNode, specDigest } from '@cello/ports'
import { causeOfEnd, nameOf, translate } from './failures.ts'
import { freePorts } from './host-ports.ts'
import type { Launcher } from './launch.ts'
import { closeLastLine, markLog } from './log-files.ts'
import type { MarkedProcesses } from './marked-processes.ts'
import { endNode, killStrays } from './node-end.ts'
import { makeFolders, sweep, writeFiles } from './node-files.ts'
import {
  type KeptSpec,
  keptSpec,
  type NodeOnDisk,
  type NodePlaces,
  placesOf,
  type RecordReader,
  writeRecord,
} from './node-record.ts'
import type { NodeView } from './node-view.ts'
import { OneAtATime } from './one-at-a-time.ts'
import { fillPlaceholders } from './placeholders.ts'
import type { Programs } from './programs.ts'
import { checkNodeId, checkSpec } from './spec-check.ts'

export interface NodeCommandsOptions {
  readonly host: string
  readonly nodesFolder: string
  readonly bootId: string
  readonly clock: Clock
  readonly programs: Programs
  readonly launcher: Launcher
  readonly records: RecordReader
  readonly view: NodeView
  readonly marked: MarkedProcesses
  /** How long a start is watched for a node that dies at once, milliseconds. */
  readonly settleMs: number
  readonly onEnd: (nodeId: string) => void
}

/** A start, worked out before anything is touched. */
interface Prepared {
  readonly fill: (text: string) => string
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/**
 * What changes nodes. Commands on one node wait for each other; those on different nodes do not. The order of writes is what makes
 * a kill at any moment harmless: the record never says more than is so, and a started process is found by its mark.
 */
export class NodeCommands {
  readonly #given: NodeCommandsOptions
  readonly #turns = new OneAtATime()
  /** Also of nodes that are gone: a late command must not bring one back. */
  readonly #fences = new Map<string, number>()

  constructor(options: NodeCommandsOptions) {
    this.#given = options
  }

  async ensure(spec: NodeSpec, command: Command): Promise<ObservedNode> {
    checkSpec(spec)
    return await this.#turn(spec.id, command, nameOf(spec), (places, record) =>
      this.#ensure(spec, places, record, command),
    )
  }

  async start(nodeId: string, command: Command): Promise<ObservedNode> {
    checkNodeId(nodeId)
    return await this.#turn(nodeId, command, nodeId, async (places, record) => {
      if (!record) throw new PlatformError('NOT_FOUND', { noun: 'node', id: nodeId })
      const { spec } = record
      if (!record.whole) {
        // We were killed while we wrote its files, and of its secrets nothing is kept.
        throw new PlatformError('NOT_FOUND', { noun: 'complete specification of node', id: nameOf(spec) })
      }
      const leader = this.#given.view.leader(places, record)
      if (leader && record.wanted === 'running') return this.#keep(places, { ...record, fence: command.fence })
      const prepared = await this.#prepare(spec, places, command)
      if (leader) await this.#end(places, record, spec.graceMs, command)
      await this.#requirePorts(spec, command)
      return await this.#begin(places, { ...record, fence: command.fence }, prepared, command)
    })
  }

  async stop(nodeId: string, command: Command & { readonly graceMs?: number }): Promise<void> {
    checkNodeId(nodeId)
    await this.#turn(nodeId, command, nodeId, async (places, record) => {
      if (!record) return
      const stopped: NodeOnDisk = { ...record, fence: command.fence, wanted: 'stopped' }
      if (record.wanted === 'running' || record.fence < command.fence) writeRecord(places, stopped)
      await this.#end(places, stopped, command.graceMs ?? record.spec.graceMs, command)
    })
  }

  async remove(nodeId: string, command: Command): Promise<void> {
    checkNodeId(nodeId)
    const { nodesFolder, records, view } = this.#given
    await this.#turn(nodeId, command, nodeId, async (places, record) => {
      if (record) {
        writeRecord(places, { ...record, fence: command.fence, wanted: 'stopped' })
        await this.#end(places, record, record.spec.graceMs, command)
      }
      await this.#killStrays(nodeId, command)
      view.forget(nodeId, record?.run)
      records.forget(places)
      if (!existsSync(places.root)) return
      // Gone at once for everybody who looks, however long the deleting takes.
      const doomed = join(nodesFolder, `.removed-${randomBytes(6).toString('hex')}`)
      renameSync(places.root, doomed)
      await rm(doomed, { recursive: true, force: true })
    })
  }

  /** Whether a command on this node is under way. */
  isBusy(nodeId: string): boolean {
    return this.#turns.isBusy(nodeId)
  }

  async idle(): Promise<void> {
    await this.#turns.idle()
  }

  async #turn<T>(
    nodeId: string,
    { fence, signal }: Command,
    name: string,
    work: (places: NodePlaces, record: NodeOnDisk | undefined) => Promise<T>,
  ): Promise<T> {
    return await this.#turns.run(nodeId, signal, async () => {
      try {
        const places = placesOf(join(this.#given.nodesFolder, nodeId))
        const record = this.#given.records.read(places)
        const seen = Math.max(record?.fence ?? 0, this.#fences.get(nodeId) ?? 0)
        if (fence < seen) throw new PlatformError('STALE_FENCE', { key: nodeId })
        this.#fences.set(nodeId, fence)
        return await work(places, record)
      } catch (error) {
        throw translate(error, { host: this.#given.host, node: name }, signal)
      }
    })
  }

  async #ensure(
    spec: NodeSpec,
    places: NodePlaces,
    record: NodeOnDisk | undefined,
    command: Command,
  ): Promise<ObservedNode> {
    const { fence } = command
    const wanted: NodeOnDisk = {
      format: 1,
      fence,
      spec: keptSpec(spec),
      specDigest: specDigest(spec),
      whole: true,
      wanted: 'running',
    }
    const leader = record && this.#given.view.leader(places, record)
    if (record && leader && isAsWanted(record, wanted)) return this.#keep(places, { ...wanted, run: record.run })
    const prepared = await this.#prepare(wanted.spec, places, command)
    if (record && leader) await this.#end(places, record, record.spec.graceMs, command)
    await this.#requirePorts(wanted.spec, command)
    makeFolders(places)
    // Until its files are whole nothing here is to be believed or started.
    writeRecord(places, { ...wanted, whole: false, wanted: 'stopped' })
    writeFiles(spec, places, prepared.fill)
    return await this.#begin(places, wanted, prepared, command)
  }

  /** It is so already; only the record may have to follow. */
  #keep(places: NodePlaces, record: NodeOnDisk): ObservedNode {
    const { records, view } = this.#given
    if (JSON.stringify(records.read(places)) !== JSON.stringify(record)) writeRecord(places, record)
    return view.observe(record.spec.id, places, record)
  }

  async #prepare(spec: KeptSpec, places: NodePlaces, { signal }: Command): Promise<Prepared> {
    const { programs, host } = this.#given
    const about = { host, node: nameOf(spec) }
    const named = Object.entries(spec.programs)
    await Promise.all(named.map(([name, ref]) => programs.check(name, ref, about, signal)))
    const located = Object.fromEntries(named.map(([name, ref]) => [name, programs.locate(ref)]))
    const fill = (text: string) =>
      fillPlaceholders(text, { data: places.data, files: places.files, programs: located, ports: spec.ports })
    const ref = spec.programs[spec.command]
    if (!ref) throw new PlatformError('INVALID_REQUEST', { detail: `the node has no program named ${spec.command}` })
    programs.checkStartable(spec.command, ref, about)
    const env = Object.fromEntries(Object.entries(spec.env).map(([name, value]) => [name, fill(value)]))
    return {
      fill,
      program: programs.locate(ref).path,
      args: spec.args.map(fill),
      env: { HOME: places.data, TMPDIR: places.temporary, ...env },
    }
  }

  async #begin(
    places: NodePlaces,
    record: NodeOnDisk,
    { program, args, env }: Prepared,
    { signal }: Command,
  ): Promise<ObservedNode> {
    const { launcher, clock, bootId, onEnd } = this.#given
    signal?.throwIfAborted()
    const { id, limits } = record.spec
    sweep(record.spec, places)
    closeLastLine(places.log)
    rmSync(places.exit, { force: true })
    const run = {
      id: randomBytes(8).toString('hex'),
      bootId,
      folder: places.root,
      startedAt: clock.now(),
      log: markLog(places.log),
    }
    // Before it is started: if we are killed now, its mark says that it belongs to this record.
    writeRecord(places, { ...record, wanted: 'running', run })
    const leader = await launcher.start({
      mark: { nodeId: id, run: run.id, folder: places.root },
      program,
      args,
      env,
      workingFolder: places.data,
      logFile: join(places.log, 'output.log'),
      openFiles: limits?.openFiles,
      onEnd: () => onEnd(id),
    })
    const started: NodeOnDisk = { ...record, wanted: 'running', run: { ...run, leader } }
    writeRecord(places, started)
    this.#given.view.forget(id, record.run)
    return await this.#settle(places, started, signal)
  }

  /** Looks on for a moment: most nodes that cannot run say so at once. */
  async #settle(places: NodePlaces, record: NodeOnDisk, signal: AbortSignal | undefined): Promise<ObservedNode> {
    const { clock, view, host, settleMs } = this.#given
    const begun = clock.monotonic()
    for (;;) {
      const seen = view.observe(record.spec.id, places, record)
      if (seen.state !== 'running') throw causeOfEnd(record.spec, host, seen)
      const passed = clock.monotonic() - begun
      const known = record.run !== undefined && view.programPid(places, record.run) !== undefined
      // On a machine that is very busy the launcher may take longer to write down whom it started.
      if (passed >= (known ? settleMs : settleMs + 2000)) return seen
      await clock.sleep(5, { signal })
    }
  }

  /** Ends a run on purpose, so that nobody takes it for an accident. */
  async #end(places: NodePlaces, record: NodeOnDisk, graceMs: number, { signal }: Command): Promise<void> {
    const { view, clock } = this.#given
    const leader = view.leader(places, record)
    if (!leader) return
    if (record.wanted === 'running') writeRecord(places, { ...record, wanted: 'stopped' })
    await endNode(leader, { node: nameOf(record.spec), graceMs, clock, signal })
  }

  async #requirePorts(spec: KeptSpec, command: Command): Promise<void> {
    const ports = Object.values(spec.ports)
    const taken = async () => {
      const free = await freePorts(ports, command.signal)
      return ports.find((port) => !free.includes(port))
    }
    let port = await taken()
    if (port !== undefined) {
      // What an earlier run left behind may hold it; or somebody tried for a moment, as we do, whether it is free.
      await this.#killStrays(spec.id, command)
      await this.#given.clock.sleep(20, { signal: command.signal })
      port = await taken()
    }
    if (port !== undefined) throw new PlatformError('PORT_TAKEN', { port, node: nameOf(spec), host: this.#given.host })
  }

  async #killStrays(nodeId: string, { signal }: Command): Promise<void> {
    const { marked, clock } = this.#given
    const strays = marked.now().filter((found) => found.nodeId === nodeId)
    await killStrays(strays, { node: nodeId, graceMs: 0, clock, signal })
  }
}

function isAsWanted(record: NodeOnDisk, wanted: NodeOnDisk): boolean {
  return (
    record.whole &&
    record.wanted === 'running' &&
    record.specDigest === wanted.specDigest &&
    record.spec.incarnation === wanted.spec.incarnation
  )
}
