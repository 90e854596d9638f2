import { readdirSync, readFileSync } from 'node:fs'
import { hasCode } from '@cello/kit'

/** A process for good: pids are used again, a pid with its start time is not until the machine boots. */
export interface ProcessId {
  readonly pid: number
  /** Clock ticks since boot, field 22 of /proc/<pid>/stat. */
  readonly startTime: string
}

export interface ProcessStat extends ProcessId {
  readonly ended: boolean
  readonly parent: number
  readonly group: number
  /** Its own and that of children it waited for, milliseconds. */
  readonly cpuMs: number
}

/** USER_HZ is 100 on every Linux that Fabric runs on (amd64, arm64). */
const msPerTick = 10

/** See proc(5), /proc/<pid>/stat. @returns undefined where there is no such process. */
export function readStat(pid: number): ProcessStat | undefined {
  const text = readProc(`/proc/${pid}/stat`)
  // The name in parentheses may hold anything, a parenthesis too: count from the last one.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  if (fields === undefined) return undefined
  const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at] ?? 0), 0)
  return {
    pid,
    // A zombie answers kill(pid, 0), but runs no more.
    ended: fields[0] === 'Z' || fields[0] === 'X',
    parent: Number(fields[1]),
    group: Number(fields[2]),
    startTime: fields[19] ?? '',
    cpuMs: ticks * msPerTick,
  }
}

/** Resident memory; 0 where there is no such process. In kilobytes there, so pages of any size do. */
export function readMemoryBytes(pid: number): number {
  const kilobytes = readProc(`/proc/${pid}/status`)?.match(/^VmRSS:\s+(\d+) kB$/m)?.[1]
  return Number(kilobytes ?? 0) * 1024
}

export function isRunning({ pid, startTime }: ProcessId): boolean {
  const stat = readStat(pid)
  return stat !== undefined && !stat.ended && stat.startTime === startTime
}

/** Of this boot of the machine. */
export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** What we write into the environment of each node, to find it again. */
export interface Mark {
  readonly nodeId: string
  readonly run: string
  readonly folder: string
}

export function markVariables(mark: Mark): Record<string, string> {
  return { CELLO_NODE: mark.nodeId, CELLO_NODE_RUN: mark.run, CELLO_NODE_FOLDER: mark.folder }
}

export interface MarkedProcess extends Mark {
  readonly stat: ProcessStat
}

/** Reads the environment of every process: some 20 µs for each, so not to be done at every look. */
export function findMarked(nodesFolder: string): MarkedProcess[] {
  const found: MarkedProcess[] = []
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const mark = readMark(pid)
    if (!mark?.folder.startsWith(`${nodesFolder}/`)) continue
    const stat = readStat(pid)
    if (stat && !stat.ended) found.push({ ...mark, stat })
  }
  return found
}

function readMark(pid: number): Mark | undefined {
  const text = readProc(`/proc/${pid}/environ`)
  if (text === undefined || !text.includes('CELLO_NODE=')) return undefined
  const value = (name: string) => {
    const found = text.split('\0').find((entry) => entry.startsWith(`${name}=`))
    return found?.slice(name.length + 1)
  }
  const [nodeId, run, folder] = [value('CELLO_NODE'), value('CELLO_NODE_RUN'), value('CELLO_NODE_FOLDER')]
  return nodeId !== undefined && run !== undefined && folder !== undefined ? { nodeId, run, folder } : undefined
}

/** A process and all that it started and that did not leave it, itself first. */
export function readTree(pid: number): ProcessStat[] {
  const tree: ProcessStat[] = []
  const pids = [pid]
  for (let next = pids.shift(); next !== undefined; next = pids.shift()) {
    const stat = readStat(next)
    if (!stat || stat.ended) continue
    tree.push(stat)
    pids.push(...childrenOf(next))
  }
  return tree
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      (readProc(`/proc/${pid}/task/${task}/children`) ?? '').split(' ').filter(Boolean).map(Number),
    )
  } catch {
    return []
  }
}

/** Sends it where there still is somebody to get it. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error
  }
}

/** Processes end at any moment, also between two reads; and some are not ours to read. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
