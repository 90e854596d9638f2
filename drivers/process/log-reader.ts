import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '@cello/kit'
import type { LogLine, LogOptions } from '@cello/ports'
import { logFiles, newline, rotatedSince, rotationOf, startOfTail } from './log-files.ts'

export interface LogReading extends LogOptions {
  readonly clock: Clock
  /** Whether somebody may still write to it: then a last line without an end is no line yet. */
  readonly isLive: () => boolean
}

/** How long a line may grow before it is given in pieces. */
const maxLineBytes = 256 * 1024
/** Between two looks at a log that is followed. */
const lookEveryMs = 150

/** Lines of a node's log, oldest first; following survives rotation and restarts of the node. Ends when the signal fires. */
export async function* readLog(folder: string, reading: LogReading): AsyncGenerator<LogLine> {
  const { follow = false, signal, clock } = reading
  const lines = new LineSplitter()
  using cursor = new LogCursor(folder, reading.tail, !reading.isLive())
  for (;;) {
    if (signal?.aborted) return
    const piece = cursor.read()
    if (piece.length > 0) {
      yield* lines.split(piece)
      continue
    }
    if (!follow) {
      if (!reading.isLive()) yield* lines.rest()
      return
    }
    // An abort is how a follower leaves, not an error.
    await clock.sleep(lookEveryMs, { signal }).catch(() => {})
  }
}

/**
 * Reads on through a log that is rotated by copying and emptying. Each read looks and reads without a pause, so in this
 * process no rotation comes in between; offsets hold for the copy too, since it is one.
 */
class LogCursor implements Disposable {
  readonly #folder: string
  readonly #log: string
  readonly #piece = Buffer.alloc(64 * 1024)
  /** Earlier output still to be read, oldest last, with the offset in the last of them. */
  readonly #earlier: number[]
  #earlierOffset: number
  #offset = 0
  #rotation: string

  constructor(folder: string, tail: number | undefined, ended: boolean) {
    this.#folder = folder
    this.#log = join(folder, 'output.log')
    this.#rotation = rotationOf(folder)
    const files = logFiles(folder)
      .filter((file) => existsSync(file))
      .map((file) => openSync(file, 'r'))
    const start = tail === undefined ? { file: files.length - 1, offset: 0 } : startOfTail(files, tail, ended)
    // The newest is opened anew at each read, since it goes on.
    this.#earlier = files.slice(1, start.file + 1)
    this.#earlierOffset = start.offset
    if (start.file <= 0) this.#offset = start.offset
    for (const [at, file] of files.entries()) if (at === 0 || at > start.file) closeSync(file)
  }

  /** The next piece; empty where there is no more now. */
  read(): Buffer {
    const rotation = rotationOf(this.#folder)
    if (rotation !== this.#rotation) this.#follow(rotation)
    const earlier = this.#readEarlier()
    if (earlier.length > 0) return earlier
    const size = statSync(this.#log, { throwIfNoEntry: false })?.size ?? 0
    // Emptied by somebody else.
    if (size < this.#offset) this.#offset = 0
    if (size === this.#offset) return Buffer.alloc(0)
    const file = openSync(this.#log, 'r')
    try {
      const read = readSync(file, this.#piece, 0, this.#piece.length, this.#offset)
      this.#offset += read
      return Buffer.from(this.#piece.subarray(0, read))
    } finally {
      closeSync(file)
    }
  }

  [Symbol.dispose](): void {
    for (const file of this.#earlier.splice(0)) closeSync(file)
  }

  /** What was the newest is now a copy, of which we have read a part; what came between is still to be read. */
  #follow(rotation: string): void {
    const rotated = rotatedSince(this.#folder, this.#rotation)
    this.#rotation = rotation
    if (this.#earlier.length === 0) this.#earlierOffset = this.#offset
    this.#earlier.unshift(...rotated.map((file) => openSync(file, 'r')))
    this.#offset = 0
  }

  #readEarlier(): Buffer {
    for (let file = this.#earlier.at(-1); file !== undefined; file = this.#earlier.at(-1)) {
      const read = readSync(file, this.#piece, 0, this.#piece.length, this.#earlierOffset)
      this.#earlierOffset += read
      if (read > 0) return Buffer.from(this.#piece.subarray(0, read))
      closeSync(file)
      this.#earlier.pop()
      this.#earlierOffset = 0
    }
    return Buffer.alloc(0)
  }
}

/** Makes lines of pieces. Splits bytes, so that no character is cut. */
class LineSplitter {
  #begun = Buffer.alloc(0)

  /** The lines that this piece ends. */
  split(piece: Buffer): LogLine[] {
    const lines: LogLine[] = []
    const text = Buffer.concat([this.#begun, piece])
    let start = 0
    for (let end = text.indexOf(newline); end >= 0; end = text.indexOf(newline, start)) {
      lines.push({ text: text.toString('utf8', start, end) })
      start = end + 1
    }
    if (text.length - start > maxLineBytes) {
      lines.push({ text: text.toString('utf8', start) })
      start = text.length
    }
    this.#begun = text.subarray(start)
    return lines
  }

  /** What was begun and has no end. */
  rest(): LogLine[] {
    const text = this.#begun.toString('utf8')
    this.#begun = Buffer.alloc(0)
    return text === '' ? [] : [{ text }]
  }
}
