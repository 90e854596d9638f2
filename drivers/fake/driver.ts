import { sha256Hex } from '@cello/kit'
import type { Cancellable, Driver, DriverCapabilities, LogLine, LogOptions, NodeSpec, ObservedNode } from '@cello/ports'
import { specDigest } from '@cello/ports'
import type { WorldForDriver, WorldSpec } from './world-api.ts'

export interface FakeDriverOptions {
  readonly world: WorldForDriver
  /** The host's id in the world. */
  readonly host: string
}

const capabilities: DriverCapabilities = { restarts: 'ours', isolation: 'none', stats: true, followLogs: true }

/** A driver whose host is one of a world's. Keeps what it last observed, so that a look where nothing changed costs nothing. */
export function fakeDriver({ world, host }: FakeDriverOptions): Driver {
  const seen = new Map<string, ObservedNode>()
  const watchers = new Set<AbortController>()
  let version = 0
  const call = <T extends object>(facts: T, options?: Cancellable) => ({ host, ...facts, ...signalOf(options) })
  return {
    kind: 'fake',
    capabilities,
    facts: (options) => world.facts(call({}, options)),
    freePorts: (candidates, options) => world.freePorts(call({ candidates }, options)),
    addProgram: (source, options) => world.addProgram(call({ source }, options)),
    ensure: (spec, command) =>
      world.ensure(call({ nodeId: spec.id, fence: command.fence, spec: forWorld(spec) }, command)),
    stop: (nodeId, command) => world.stop(call({ nodeId, fence: command.fence }, command)),
    start: (nodeId, command) => world.start(call({ nodeId, fence: command.fence }, command)),
    remove: (nodeId, command) => world.remove(call({ nodeId, fence: command.fence }, command)),
    async observe(options) {
      const changes = await world.observe(call({ since: version }, options))
      // Answers may overtake each other; an older one is not laid over a newer one.
      if (changes.version >= version) {
        version = changes.version
        for (const id of changes.gone) seen.delete(id)
        for (const node of changes.nodes) seen.set(node.id, node)
      }
      return [...seen.values()]
    },
    watch(hint) {
      const controller = new AbortController()
      watchers.add(controller)
      void passHints(world, host, hint, controller.signal)
      return {
        [Symbol.dispose]() {
          watchers.delete(controller)
          controller.abort()
        },
      }
    },
    logs: (nodeId, options) => readLog(world, { host, nodeId }, options),
    stats: (nodeId, options) => world.stats(call({ nodeId }, options)),
    async reach(nodeId, port, options) {
      return { ...(await world.reach(call({ nodeId, port }, options))), close: async () => {} }
    },
    collectPrograms: (inUse, options) =>
      world.collectPrograms(call({ inUse: [...inUse], keepAskedMs: options?.keepAskedMs ?? 0 }, options)),
    async [Symbol.asyncDispose]() {
      for (const controller of watchers) controller.abort()
      watchers.clear()
    },
  }
}

function forWorld(spec: NodeSpec): WorldSpec {
  return {
    ...spec,
    secretFiles: spec.secretFiles.map(({ path, content }) => ({ path, sha256: sha256Hex(content.reveal()) })),
    digest: specDigest(spec),
  }
}

function signalOf(options: Cancellable | undefined): Cancellable {
  return options?.signal === undefined ? {} : { signal: options.signal }
}

async function passHints(
  world: WorldForDriver,
  host: string,
  hint: (nodeId: string) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    let since = (await world.changed({ host, since: Number.MAX_SAFE_INTEGER, signal })).version
    while (!signal.aborted) {
      const { version, ids } = await world.changed({ host, since, signal })
      since = version
      if (signal.aborted) return
      for (const id of ids) hint(id)
    }
  } catch {
    // Hints may be lost: a world that is away is found out by the next look.
  }
}

async function* readLog(
  world: WorldForDriver,
  node: { readonly host: string; readonly nodeId: string },
  { follow = false, tail, signal }: LogOptions = {},
): AsyncGenerator<LogLine> {
  const first = await world.logs({ ...node, from: 0, tail, wait: false, ...signalOf({ signal }) })
  yield* first.lines
  let from = first.next
  if (!follow) return
  for (;;) {
    const more = await world.logs({ ...node, from, wait: true, ...signalOf({ signal }) }).catch((error: unknown) => {
      if (signal?.aborted) return undefined
      throw error
    })
    if (more === undefined) return
    yield* more.lines
    from = more.next
  }
}
