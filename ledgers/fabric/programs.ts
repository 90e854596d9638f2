import type { NodeKind, RuntimeKind } from '@cello/model'
import { PlatformError } from '@cello/model'
import type { NodeRequest, NodeSpec, ProgramRef } from '@cello/ports'
import type { NodeParts } from './node-config/index.ts'

/** What a node is started by: Fabric's own programs, or the devnode, which reads the same files and variables. */
export interface Starter {
  readonly runtime: Exclude<RuntimeKind, 'fake'>
  programsFor(kind: NodeKind): readonly string[]
  start(request: NodeRequest, parts: NodeParts): Pick<NodeSpec, 'programs' | 'command' | 'args' | 'env'>
}

export const fabricPrograms: Starter = {
  runtime: 'fabric',
  programsFor: (kind) => (kind === 'contract' ? ['node'] : [kind]),
  start(request, { args, env }) {
    const { kind } = request.node.record
    return kind === 'contract' ? startContract(request, { args, env }) : { ...taking(request, [kind]), args, env }
  },
}

/**
 * A young generation of 4 MiB from the start to the end. Grown from V8's own size it costs a peer a fifth more processor time
 * under load where it may not grow, and 90 MiB where it may (measured with 800 transactions).
 */
const nodeFlags = ['--min-semi-space-size=4', '--max-semi-space-size=4']

export const devnodePrograms: Starter = {
  runtime: 'devnode',
  programsFor: (kind) => (kind === 'contract' ? ['node'] : ['node', 'devnode']),
  start(request, { args, env }) {
    const { kind } = request.node.record
    if (kind === 'contract') return startContract(request, { args, env })
    return {
      ...taking(request, ['node', 'devnode']),
      args: [...nodeFlags, '{program:devnode}', kind, ...args],
      env,
    }
  },
}

const startContract = (request: NodeRequest, parts: Pick<NodeParts, 'args' | 'env'>) => ({
  ...taking(request, request.programs['modules'] ? ['node', 'contract', 'modules'] : ['node', 'contract']),
  ...parts,
})

/** The first of them is started. */
function taking(
  { programs }: NodeRequest,
  names: readonly [string, ...string[]],
): Pick<NodeSpec, 'programs' | 'command'> {
  return {
    programs: Object.fromEntries(names.map((name) => [name, programNamed(programs, name)])),
    command: names[0],
  }
}

function programNamed(programs: NodeRequest['programs'], name: string): ProgramRef {
  const found = programs[name]
  if (!found) throw new PlatformError('NOT_FOUND', { noun: 'program', id: name })
  return found
}
