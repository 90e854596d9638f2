import type { LogLine, ObservedNode } from '@cello/ports'
import type { WorldSpec } from './world-api.ts'

const keptLines = 1000

/** A node of the world: what a process, its data folder and its log are elsewhere. */
export class WorldNode {
  /** Data belongs to it: a node that is removed and made again has another. */
  readonly volume: string
  spec: WorldSpec
  state: ObservedNode['state'] = 'stopped'
  startedAt: number | undefined
  exit: ObservedNode['exit']
  pid: number | undefined
  cut = false
  /** Of the host, when it last changed. */
  version = 0
  readonly #lines: LogLine[] = []
  #firstLine = 0
  #observed: ObservedNode | undefined

  constructor(spec: WorldSpec, volume: string) {
    this.spec = spec
    this.volume = volume
  }

  /** To be called after each change of a field. */
  touch(version: number): void {
    this.version = version
    this.#observed = undefined
  }

  observed(): ObservedNode {
    this.#observed ??= {
      id: this.spec.id,
      state: this.state,
      incarnation: this.spec.incarnation,
      specDigest: this.spec.digest,
      labels: this.spec.labels,
      startedAt: this.startedAt,
      ...(this.state === 'exited' && { exit: this.exit, lastLines: this.#lines.slice(-20).map((line) => line.text) }),
      ...(this.state === 'running' && { pid: this.pid }),
    }
    return this.#observed
  }

  write(text: string, at: number): void {
    this.#lines.push({ at, text })
    if (this.#lines.length > keptLines) this.#firstLine += this.#lines.splice(0, this.#lines.length - keptLines).length
  }

  /** Number of the line after the last. */
  get nextLine(): number {
    return this.#firstLine + this.#lines.length
  }

  lines(from: number, tail: number | undefined): LogLine[] {
    const lines = this.#lines.slice(Math.max(0, from - this.#firstLine))
    return tail === undefined ? lines : lines.slice(lines.length - Math.min(tail, lines.length))
  }
}
