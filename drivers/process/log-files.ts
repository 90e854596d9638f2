import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { hasCode } from '@cello/kit'

/** Output of one node: at most so many bytes in a file, and so many files. */
export interface LogBounds {
  readonly maxBytes: number
  readonly files: number
  /** How often it is looked whether a file is too long, milliseconds. */
  readonly everyMs: number
}

export const defaultLogBounds: LogBounds = { maxBytes: 10 * 2 ** 20, files: 3, everyMs: 5000 }

/** The files of a log that there are, newest first; the first one is written to, the others are earlier output. */
export function logFiles(folder: string): string[] {
  const newest = join(folder, 'output.log')
  const files = [newest]
  for (let n = 1; existsSync(`${newest}.${n}`); n += 1) files.push(`${newest}.${n}`)
  return files
}

/**
 * Moves output aside when there is more than the bounds say. The writer keeps its file, which it only appends to: it is
 * copied and then emptied. The last piece is copied and the file emptied without a pause, so what can be lost is what is written
 * within those microseconds.
 */
export async function rotateLog(folder: string, { maxBytes, files }: Omit<LogBounds, 'everyMs'>): Promise<void> {
  const log = join(folder, 'output.log')
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) <= maxBytes) return
  const next = `${log}.next`
  try {
    await copyFile(log, next, constants.COPYFILE_FICLONE)
  } catch (error) {
    rmSync(next, { force: true })
    if (!hasCode(error, 'ENOSPC', 'EDQUOT')) throw error
    // Where there is no room for a copy, a log that grows for ever would only make it worse.
    truncateSync(log, 0)
    return
  }
  for (let n = files - 2; n >= 1; n -= 1) if (existsSync(`${log}.${n}`)) renameSync(`${log}.${n}`, `${log}.${n + 1}`)
  const from = openSync(log, 'r+')
  const to = openSync(next, 'a')
  try {
    appendRest(from, to, fstatSync(to).size)
    // Renamed first: a kill in between leaves lines twice rather than not at all.
    renameSync(next, `${log}.1`)
    ftruncateSync(from, 0)
  } finally {
    closeSync(from)
    closeSync(to)
  }
}

/** Sees to it that what a new run prints begins a line of its own. */
export function closeLastLine(folder: string): void {
  const log = openSync(join(folder, 'output.log'), 'a+', 0o600)
  try {
    const { size } = fstatSync(log)
    const last = Buffer.alloc(1)
    if (size > 0 && readSync(log, last, 0, 1, size - 1) === 1 && last[0] !== newline) writeSync(log, '\n')
  } finally {
    closeSync(log)
  }
}

/** A place in a log that is rotated: what is behind it when the log was not rotated since. */
export interface LogMark {
  readonly rotation: string
  readonly offset: number
}

export function markLog(folder: string): LogMark {
  const log = join(folder, 'output.log')
  return { rotation: rotationOf(folder), offset: statSync(log, { throwIfNoEntry: false })?.size ?? 0 }
}

/** Changes with each rotation. */
export function rotationOf(folder: string): string {
  return printOf(join(folder, 'output.log.1'))
}

/** The files that were rotated away since `rotation`, newest first; as many as are still kept. */
export function rotatedSince(folder: string, rotation: string): string[] {
  const earlier = logFiles(folder).slice(1)
  const known = earlier.findIndex((file) => printOf(file) === rotation)
  return known < 0 ? earlier : earlier.slice(0, known)
}

/** Without colours and what else steers a terminal: these lines end up in messages. */
function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[^\P{Cc}\n\t]/gu, '')
}

function printOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false })
  return found ? `${found.ino}-${found.birthtimeMs}` : ''
}

/** The end of the output since `mark`; a last line without an end counts. Looks at no more than 64 KiB. */
export function lastLines(folder: string, count: number, mark: LogMark): string[] {
  const rotated = rotationOf(folder) !== mark.rotation
  const [newest = '', earlier] = logFiles(folder)
  let text = readEnd(newest, rotated ? 0 : mark.offset)
  if (rotated && earlier !== undefined && text.split('\n').length <= count + 1) text = readEnd(earlier, 0) + text
  const lines = plain(text).split('\n')
  if (lines.at(-1) === '') lines.pop()
  return withoutStack(lines).slice(-count)
}

/** A Go program that panics says why and then prints every goroutine's stack: the reason is what a reader looks for. */
function withoutStack(lines: readonly string[]): readonly string[] {
  const reason = lines.findLastIndex((line) => /^(panic|fatal error): /.test(line))
  const stack = lines.findIndex((line, index) => index > reason && /^goroutine \d+ \[/.test(line))
  if (reason < 0 || stack < 0) return lines
  return lines.slice(0, stack).filter((line, index) => index <= reason || line.trim() !== '')
}

/**
 * Where the last `count` lines begin: a file, by its place in `files` (open, newest first), and an offset.
 * @param begun whether a last line without an end counts as a line
 */
export function startOfTail(files: readonly number[], count: number, begun: boolean): TailStart {
  const block = Buffer.alloc(64 * 1024)
  // The end of the last line is no beginning of one.
  let left = count + (begun && !endsWithNewline(files[0]) ? 0 : 1)
  if (left === 0) return { file: 0, offset: files[0] === undefined ? 0 : fstatSync(files[0]).size }
  for (const [file, descriptor] of files.entries()) {
    for (let end = fstatSync(descriptor).size; end > 0; ) {
      const start = Math.max(0, end - block.length)
      readSync(descriptor, block, 0, end - start, start)
      for (let at = end - start - 1; at >= 0; at -= 1) {
        if (block[at] !== newline) continue
        left -= 1
        if (left === 0) return { file, offset: start + at + 1 }
      }
      end = start
    }
  }
  return { file: files.length - 1, offset: 0 }
}

export interface TailStart {
  readonly file: number
  readonly offset: number
}

export const newline = 0x0a

function endsWithNewline(descriptor: number | undefined): boolean {
  if (descriptor === undefined) return false
  const last = Buffer.alloc(1)
  const { size } = fstatSync(descriptor)
  return size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] === newline
}

function appendRest(from: number, to: number, offset: number): void {
  const block = Buffer.alloc(256 * 1024)
  for (let at = offset; ; ) {
    const read = readSync(from, block, 0, block.length, at)
    if (read === 0) return
    writeSync(to, block, 0, read)
    at += read
  }
}

function readEnd(path: string, from: number): string {
  if (!existsSync(path)) return ''
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const block = Buffer.alloc(Math.max(0, Math.min(64 * 1024, size - from)))
    const read = readSync(file, block, 0, block.length, size - block.length)
    return block.toString('utf8', 0, read)
  } finally {
    closeSync(file)
  }
}
