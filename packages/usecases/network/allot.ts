import { newId } from '@cello/kit'
import { type NetworkSpec, type NodeRecord, PlatformError } from '@cello/model'
import { allotNodes } from '@cello/planning'
import type { HostRecord } from '@cello/ports'
import type { Context } from '../context.ts'

export interface Allotment {
  readonly networkId: string
  readonly spec: NetworkSpec
  readonly existing: readonly NodeRecord[]
}

/** How often ports are chosen anew when another network took them in between. */
const tries = 8

/** New rows and rows that change, on ports that nothing listens on and no row has. @throws PORTS_EXHAUSTED, HOST_UNREACHABLE */
export async function allot(context: Context, host: HostRecord, wanted: Allotment): Promise<NodeRecord[]> {
  const ports = await freePorts(context, host, portsNeeded(context, host, wanted))
  return allotWith(context, host, wanted, () => {
    const port = ports.pop()
    if (port === undefined) throw new Error('allotNodes took more ports than it said')
    return port
  })
}

/** The same for a preview: its ports are numbers that stand for none. */
export function allotForPreview(context: Context, host: HostRecord, wanted: Allotment): NodeRecord[] {
  let port = 0
  return allotWith(context, host, wanted, () => ++port)
}

/** Runs `write` again with other ports while it finds that some were taken in between. @throws PORT_TAKEN at last */
export async function whilePortsAreTaken<T>(write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write()
    } catch (error) {
      if (!(error instanceof PlatformError && error.code === 'PORT_TAKEN') || attempt >= tries) throw error
    }
  }
}

function allotWith(context: Context, host: HostRecord, wanted: Allotment, takePort: () => number): NodeRecord[] {
  const now = context.clock.now()
  return allotNodes({ ...wanted, hostId: host.id, takePort, newId: () => newId(now), now })
}

function portsNeeded(context: Context, host: HostRecord, wanted: Allotment): number {
  let needed = 0
  allotWith(context, host, wanted, () => ++needed)
  return needed
}

async function freePorts(context: Context, host: HostRecord, needed: number): Promise<number[]> {
  if (needed === 0) return []
  const driver = await context.driver(host)
  const { ports: range } = await driver.facts()
  const allotted = await context.store.hosts.ports(host.id)
  const all = Array.from({ length: range.to - range.from + 1 }, (_, index) => range.from + index)
  // A start at random keeps two control planes on one machine from always choosing the same ports.
  const start = Math.floor(Math.random() * all.length)
  const candidates = [...all.slice(start), ...all.slice(0, start)].filter((port) => !allotted.has(port))
  const found: number[] = []
  const batch = Math.max(64, needed * 2)
  for (let from = 0; found.length < needed && from < candidates.length; from += batch) {
    found.push(...(await driver.freePorts(candidates.slice(from, from + batch))))
  }
  if (found.length < needed) {
    throw new PlatformError('PORTS_EXHAUSTED', { host: host.name, from: range.from, to: range.to })
  }
  return found.slice(0, needed).reverse()
}
