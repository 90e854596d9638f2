import { join } from 'node:path'
import { createProcessDriver } from '@cello/driver-process'
import { PlatformError } from '@cello/model'
import type { Driver, NodeSpec, ObservedNode } from '@cello/ports'
import { specDigest } from '@cello/ports'
import { type EmbeddedNode, embeddedNode, observed } from './embedded-nodes.ts'

/**
 * A driver whose orderers and peers are devnodes in this very process; contracts are processes, as everywhere. For tests and
 * benchmarks: its nodes end with it, and what is broken in one of them is broken in all.
 */
export function createEmbeddedDriver(folder: string): Driver {
  const processes = createProcessDriver({ dataDir: join(folder, 'processes') })
  const nodes = new Map<string, EmbeddedNode>()
  const hints = new Set<(nodeId: string) => void>()
  const told = (node: EmbeddedNode): ObservedNode => {
    for (const hint of hints) hint(node.spec.id)
    return observed(node)
  }
  const ensure = async (spec: NodeSpec): Promise<ObservedNode> => {
    let node = nodes.get(spec.id)
    if (node && (node.digest !== specDigest(spec) || node.spec.incarnation !== spec.incarnation)) {
      await node.stop()
      node = undefined
    }
    node ??= embeddedNode(join(folder, 'nodes'), spec)
    nodes.set(spec.id, node)
    await node.start()
    return told(node)
  }
  return {
    kind: 'embedded',
    capabilities: { restarts: 'ours', isolation: 'none', stats: false, followLogs: false },
    facts: (options) => processes.facts(options),
    freePorts: (candidates, options) => processes.freePorts(candidates, options),
    addProgram: (source, options) => processes.addProgram(source, options),
    ensure: (spec, command) => (spec.labels.kind === 'contract' ? processes.ensure(spec, command) : ensure(spec)),
    async stop(nodeId, command) {
      const node = nodes.get(nodeId)
      if (!node) return processes.stop(nodeId, command)
      await node.stop()
      told(node)
    },
    async start(nodeId, command) {
      const node = nodes.get(nodeId)
      if (!node) return processes.start(nodeId, command)
      await node.start()
      return told(node)
    },
    async remove(nodeId, command) {
      const node = nodes.get(nodeId)
      if (!node) return processes.remove(nodeId, command)
      nodes.delete(nodeId)
      await node.remove()
    },
    observe: async (options) => [...[...nodes.values()].map(observed), ...(await processes.observe(options))],
    watch(hint) {
      hints.add(hint)
      const others = processes.watch(hint)
      return {
        [Symbol.dispose]() {
          hints.delete(hint)
          others[Symbol.dispose]()
        },
      }
    },
    async *logs(nodeId, options) {
      const node = nodes.get(nodeId)
      if (!node) return yield* processes.logs(nodeId, options)
      for (const text of node.lines.slice(-(options?.tail ?? node.lines.length))) yield { text: text.trimEnd() }
    },
    async stats(nodeId, options) {
      if (!nodes.has(nodeId)) return processes.stats(nodeId, options)
      throw new PlatformError('UNSUPPORTED', { feature: 'readings of an embedded node', reason: 'it has no process' })
    },
    async reach(nodeId, port, options) {
      const node = nodes.get(nodeId)
      if (!node) return processes.reach(nodeId, port, options)
      const wanted = node.spec.ports[port]
      if (wanted === undefined) throw new PlatformError('NOT_FOUND', { noun: 'port', id: `${nodeId}/${port}` })
      return { host: '127.0.0.1', port: wanted, close: async () => {} }
    },
    collectPrograms: (inUse, options) => processes.collectPrograms(inUse, options),
    async [Symbol.asyncDispose]() {
      await Promise.all([...nodes.values()].map((node) => node.stop()))
      await processes[Symbol.asyncDispose]()
    },
  }
}
