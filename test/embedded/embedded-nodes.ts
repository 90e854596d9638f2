import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Log, readOrdererSettings, readPeerSettings, startOrderer, startPeer } from '@cello/devnode'
import type { NodeSpec, ObservedNode } from '@cello/ports'
import { specDigest } from '@cello/ports'

/** The last lines that a node wrote are kept; more would be a log. */
const keptLines = 200

/** A devnode in this process. What it has on disk outlives its stopping. */
export interface EmbeddedNode {
  readonly spec: NodeSpec
  readonly digest: string
  readonly lines: readonly string[]
  readonly state: 'running' | 'stopped'
  readonly startedAt: number
  start(): Promise<void>
  stop(): Promise<void>
  remove(): Promise<void>
}

export function observed({ spec, digest, state, startedAt }: EmbeddedNode): ObservedNode {
  const { id, incarnation, labels } = spec
  return { id, state, incarnation, specDigest: digest, labels, startedAt, pid: process.pid }
}

/** @param root a folder for all of them */
export function embeddedNode(root: string, spec: NodeSpec): EmbeddedNode {
  const folder = join(root, spec.id)
  const files = join(folder, 'files')
  const fill = placeholders(spec, { files, data: join(folder, 'data') })
  const lines: string[] = []
  let running: AsyncDisposable | undefined
  let startedAt = 0
  const made = new Set<string>()
  const write = (path: string, content: string) => {
    const place = join(files, path)
    const parent = dirname(place)
    if (!made.has(parent)) mkdirSync(parent, { recursive: true })
    made.add(parent)
    writeFileSync(place, content, { mode: 0o700 })
  }
  const stop = async () => {
    const was = running
    running = undefined
    await was?.[Symbol.asyncDispose]()
  }
  return {
    spec,
    digest: specDigest(spec),
    lines,
    get state() {
      return running ? 'running' : 'stopped'
    },
    get startedAt() {
      return startedAt
    },
    async start() {
      if (running) return
      mkdirSync(join(folder, 'data'), { recursive: true })
      for (const { path, content } of spec.files) write(path, fill(content))
      for (const { path, content } of spec.secretFiles) write(path, content.reveal())
      const env = Object.fromEntries(Object.entries(spec.env).map(([name, value]) => [name, fill(value)]))
      const log = new Log((line) => {
        lines.push(line)
        if (lines.length > keptLines) lines.shift()
      })
      running = await startKind(spec.labels.kind, { folder: files, env, log })
      startedAt = Date.now()
    },
    stop,
    async remove() {
      await stop()
      made.clear()
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

interface Surroundings {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly log: Log
}

async function startKind(kind: string, { folder, env, log }: Surroundings): Promise<AsyncDisposable> {
  if (kind === 'orderer') {
    const yaml = readFileSync(join(folder, 'orderer.yaml'), 'utf8')
    return startOrderer({ settings: readOrdererSettings({ folder, yaml, env }), log })
  }
  const yaml = readFileSync(join(folder, 'core.yaml'), 'utf8')
  // Builders are started with the variables that core.yaml propagates, and a PATH.
  const builders = { ...env, PATH: process.env['PATH'] ?? '' }
  return startPeer({ settings: readPeerSettings({ folder, yaml, env }), log, env: builders })
}

/** As the port says it: the driver alone knows the places. */
function placeholders({ ports }: NodeSpec, places: { readonly files: string; readonly data: string }) {
  return (text: string): string =>
    text
      .replaceAll('{files}', places.files)
      .replaceAll('{data}', places.data)
      .replaceAll(/\{port:(\w+)\}/g, (_whole, name: string) => String(ports[name as keyof typeof ports] ?? 0))
}
