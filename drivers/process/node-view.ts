import { readFileSync, statSync } from 'node:fs'
import { constants } from 'node:os'
import type { ObservedNode } from '@cello/ports'
import { lastLines, logFiles } from './log-files.ts'
import { isOurs, type NodeOnDisk, type NodePlaces, type Run } from './node-record.ts'
import { isRunning, type MarkedProcess, type ProcessId } from './processes.ts'

/** How many lines of a dead node's output are kept with its end. */
const lastLineCount = 20

/** What of a run needs no second look. */
interface KnownRun {
  /** Found by its mark, where the record names no leader or one that is dead. */
  adopted?: ProcessId | undefined
  pid?: number
  end?: Pick<ObservedNode, 'exit' | 'lastLines'>
}

/** Judges by the record, /proc and what the launcher wrote how a node is. Asks /proc for marks only where it must. */
export class NodeView {
  readonly #bootId: string
  readonly #findMarked: () => readonly MarkedProcess[]
  readonly #runs = new Map<string, KnownRun>()
  readonly #running = new Map<string, ProcessId>()

  /** @param findMarked all processes with our mark; called once for each run that seems to have lost its leader. */
  constructor(bootId: string, findMarked: () => readonly MarkedProcess[]) {
    this.#bootId = bootId
    this.#findMarked = findMarked
  }

  /** The process that stands for a node's run, while it runs: the launcher, or what survived the launcher. */
  leader(places: NodePlaces, { run }: NodeOnDisk): ProcessId | undefined {
    if (run === undefined || run.bootId !== this.#bootId || !isOurs(places, run)) return undefined
    if (run.leader && isRunning(run.leader)) return run.leader
    if (readExit(places, run)) return undefined
    const known = this.#known(run)
    if (!('adopted' in known)) known.adopted = this.#survivor(run)
    return known.adopted && isRunning(known.adopted) ? known.adopted : undefined
  }

  observe(id: string, places: NodePlaces, record: NodeOnDisk): ObservedNode {
    const { spec, run } = record
    const seen = {
      id,
      incarnation: spec.incarnation,
      // Half-written files are not what the digest stands for.
      specDigest: record.whole ? record.specDigest : '',
      labels: spec.labels,
      startedAt: run?.startedAt,
    }
    const leader = this.leader(places, record)
    if (leader) this.#running.set(id, leader)
    else this.#running.delete(id)
    if (run && leader) return { ...seen, state: 'running', pid: this.programPid(places, run) ?? leader.pid }
    if (record.wanted === 'stopped') return { ...seen, state: 'stopped' }
    return { ...seen, state: 'exited', ...this.#end(places, run) }
  }

  /** A process of ours whose node has no record that can be read. */
  observeOrphan({ nodeId, stat }: MarkedProcess): ObservedNode {
    return { ...unreadable(nodeId), state: 'running', pid: stat.pid }
  }

  /** Ids of nodes that ran when they were last observed. */
  running(): string[] {
    return [...this.#running.keys()]
  }

  /** Those of them that run no more; each is told once. */
  takeEnded(): string[] {
    const ended = [...this.#running].filter(([, leader]) => !isRunning(leader)).map(([id]) => id)
    for (const id of ended) this.#running.delete(id)
    return ended
  }

  forget(id: string, run: Run | undefined): void {
    this.#running.delete(id)
    if (run) this.#runs.delete(run.id)
  }

  /** The program's own process id, once the launcher wrote it down. */
  programPid(places: NodePlaces, run: Run): number | undefined {
    const known = this.#known(run)
    if (known.pid !== undefined) return known.pid
    const [id, pid] =
      readText(places.pid)
        ?.match(/^(\S+) (\d+)\n$/)
        ?.slice(1) ?? []
    if (id !== run.id) return undefined
    known.pid = Number(pid)
    return known.pid
  }

  #end(places: NodePlaces, run: Run | undefined): Pick<ObservedNode, 'exit' | 'lastLines'> {
    if (run === undefined) return { exit: { code: 'unknown', at: timeOf(places.record) } }
    const known = this.#known(run)
    known.end ??= {
      exit: readExit(places, run) ?? { code: 'unknown', at: Math.max(run.startedAt, timeOf(logFiles(places.log)[0])) },
      lastLines: lastLines(places.log, lastLineCount, run.log),
    }
    return known.end
  }

  #survivor(run: Run): ProcessId | undefined {
    const mine = this.#findMarked().filter((found) => found.run === run.id && isRunning(found.stat))
    const pids = new Set(mine.map((found) => found.stat.pid))
    // Of several, the one that was not started by another of them.
    const top = mine.find((found) => !pids.has(found.stat.parent))
    return top && { pid: top.stat.pid, startTime: top.stat.startTime }
  }

  #known(run: Run): KnownRun {
    const known = this.#runs.get(run.id) ?? {}
    this.#runs.set(run.id, known)
    return known
  }
}

/** A node of which we know no more than that it is ours: neither digest nor incarnation will match, its kind is a guess. */
export function unreadable(id: string): ObservedNode {
  return {
    id,
    state: 'exited',
    incarnation: 0,
    specDigest: '',
    labels: { network: '', organization: '', name: id, kind: 'peer' },
    exit: { code: 'unknown', at: 0 },
  }
}

/** How a run ended, if its launcher wrote it down. Its time is the file's. */
function readExit(places: NodePlaces, run: Run): ObservedNode['exit'] {
  const [id, status] =
    readText(places.exit)
      ?.match(/^\{"run":"([^"]*)","status":(\d+)\}\n$/)
      ?.slice(1) ?? []
  if (id !== run.id) return undefined
  const code = Number(status)
  // The kernel stamps files with a clock that is some milliseconds behind.
  return { code, signal: signalName(code), at: Math.max(run.startedAt, timeOf(places.exit)) }
}

/** A status of 128 and more is how sh says that a signal ended it; a program that exits so by itself means the same by it. */
function signalName(status: number): string | undefined {
  const found = Object.entries(constants.signals).find(([, number]) => number === status - 128)
  return found?.[0]
}

function timeOf(path: string | undefined): number {
  return Math.round(path === undefined ? 0 : (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0))
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
