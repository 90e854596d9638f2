import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeSpec } from '@cello/ports'
import type { LogMark } from './log-files.ts'
import type { ProcessId } from './processes.ts'

/** A specification as it is kept: of files only the paths, since they are beside it. */
export type KeptSpec = Omit<NodeSpec, 'files' | 'secretFiles'> & {
  readonly files: readonly string[]
  readonly secretFiles: readonly string[]
}

/** One start of a node. */
export interface Run {
  readonly id: string
  readonly bootId: string
  /** The node's folder when it was started. Absent in records of old. */
  readonly folder?: string | undefined
  readonly startedAt: number
  /** The launcher. Absent when we were killed before we could write it down: then the mark finds it. */
  readonly leader?: ProcessId | undefined
  /** Where its output begins. */
  readonly log: LogMark
}

/** What a driver must know of a node after it was killed: `node.json` in the node's folder. */
export interface NodeOnDisk {
  readonly format: 1
  /** The highest seen. */
  readonly fence: number
  readonly spec: KeptSpec
  readonly specDigest: string
  /** Whether all files of the specification were written; false if we ended half-way. */
  readonly whole: boolean
  readonly wanted: 'running' | 'stopped'
  readonly run?: Run | undefined
}

/** The places of one node. */
export interface NodePlaces {
  readonly root: string
  readonly data: string
  readonly files: string
  readonly log: string
  readonly temporary: string
  readonly record: string
  readonly exit: string
  readonly pid: string
}

export function placesOf(root: string): NodePlaces {
  return {
    root,
    data: join(root, 'data'),
    files: join(root, 'files'),
    log: join(root, 'log'),
    temporary: join(root, 'tmp'),
    record: join(root, 'node.json'),
    exit: join(root, 'exit.json'),
    pid: join(root, 'pid'),
  }
}

/**
 * Whether a run was started from this record, and not from one that this is a copy of: the processes of a data directory that
 * was copied belong to the original, as long as that is there.
 */
export function isOurs({ root }: NodePlaces, { folder = root }: Run): boolean {
  if (folder === root) return true
  const [then, now] = [folder, root].map((path) => statSync(path, { throwIfNoEntry: false, bigint: true }))
  return !then || (then.ino === now?.ino && then.dev === now.dev)
}

export function keptSpec(spec: NodeSpec): KeptSpec {
  const pathsOf = (files: readonly { readonly path: string }[]) => files.map(({ path }) => path)
  return { ...spec, files: pathsOf(spec.files), secretFiles: pathsOf(spec.secretFiles) }
}

/**
 * Replaces the record as a whole. Nothing is forced to the disk: what a power cut could tear here belongs to processes that
 * it ended, and the next `ensure` writes all of it anew.
 */
export function writeRecord(places: NodePlaces, record: NodeOnDisk): void {
  const next = join(places.root, `.node.json.${randomBytes(4).toString('hex')}`)
  try {
    writeFileSync(next, JSON.stringify(record), { mode: 0o600 })
    renameSync(next, places.record)
  } catch (error) {
    rmSync(next, { force: true })
    throw error
  }
}

/** Reads records again only when their files changed. */
export class RecordReader {
  readonly #known = new Map<string, { readonly print: string; readonly record: NodeOnDisk | undefined }>()

  /** @returns undefined where there is none, or none that can be read. */
  read(places: NodePlaces): NodeOnDisk | undefined {
    const found = statSync(places.record, { throwIfNoEntry: false, bigint: true })
    if (!found) {
      this.#known.delete(places.record)
      return undefined
    }
    const print = `${found.ino}-${found.mtimeNs}-${found.size}`
    const known = this.#known.get(places.record)
    if (known?.print === print) return known.record
    const record = parse(readFileSync(places.record, 'utf8'))
    this.#known.set(places.record, { print, record })
    return record
  }

  forget(places: NodePlaces): void {
    this.#known.delete(places.record)
  }
}

function parse(text: string): NodeOnDisk | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The file is ours, in a folder that is closed to others: its format number vouches for the rest. */
function isRecord(value: unknown): value is NodeOnDisk {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === 1
}
