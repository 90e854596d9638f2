import { callProxy, Secret, serveCalls } from '@cello/kit'
import { decodeError, encodeError, PlatformError } from '@cello/model'
import type { Cancellable, Command, Driver, NodeSpec, ObservedNode, ProgramRef, ProgramSource } from '@cello/ports'

/** A node's specification as plain data. Its secrets are in the clear: the socket is its user's alone. */
type PlainSpec = Omit<NodeSpec, 'secretFiles'> & {
  readonly secretFiles: readonly { readonly path: string; readonly content: string }[]
}

/** What of a driver goes over a socket: the rest is `remoteDriver`'s own. */
interface PlainDriver extends Pick<Driver, 'facts' | 'freePorts' | 'stop' | 'start' | 'remove' | 'observe' | 'stats'> {
  addProgram(source: ProgramSource, options?: Cancellable): Promise<ProgramRef>
  ensure(spec: PlainSpec, command: Command): Promise<ObservedNode>
  reach(...args: Parameters<Driver['reach']>): Promise<{ readonly host: string; readonly port: number }>
}

const errors = { encode: encodeError, decode: decodeError }

/** Lets control planes in other processes of this user use the driver, by a unix socket at `path`. For tests and benchmarks. */
export function serveDriver(driver: Driver, path: string): Promise<AsyncDisposable> {
  const target: PlainDriver = {
    facts: (options) => driver.facts(options),
    freePorts: (candidates, options) => driver.freePorts(candidates, options),
    addProgram: (source, options) => driver.addProgram(source, options),
    ensure: (spec, command) => driver.ensure(revealed(spec), command),
    stop: (nodeId, command) => driver.stop(nodeId, command),
    start: (nodeId, command) => driver.start(nodeId, command),
    remove: (nodeId, command) => driver.remove(nodeId, command),
    observe: (options) => driver.observe(options),
    stats: (nodeId, options) => driver.stats(nodeId, options),
    async reach(...args) {
      const { host, port } = await driver.reach(...args)
      return { host, port }
    },
  }
  return serveCalls({ path, target, errors })
}

/** The driver that is served at `path`. It gives no hints, and logs stay where they are. */
export function remoteDriver(path: string, { kind, capabilities }: Pick<Driver, 'kind' | 'capabilities'>): Driver {
  const proxy = callProxy<PlainDriver>({
    path,
    errors,
    lost: (method, cause) =>
      new PlatformError('HOST_UNREACHABLE', { host: kind, detail: `its process is away (${method})` }, { cause }),
  })
  return {
    kind,
    capabilities,
    facts: (options) => proxy.facts(options),
    freePorts: (candidates, options) => proxy.freePorts(candidates, options),
    addProgram: (source, options) => proxy.addProgram(source, options),
    ensure: (spec, command) => proxy.ensure(plain(spec), command),
    stop: (nodeId, command) => proxy.stop(nodeId, command),
    start: (nodeId, command) => proxy.start(nodeId, command),
    remove: (nodeId, command) => proxy.remove(nodeId, command),
    observe: (options) => proxy.observe(options),
    watch: () => ({ [Symbol.dispose]() {} }),
    logs() {
      throw new PlatformError('UNSUPPORTED', { feature: 'logs over a socket', reason: 'no benchmark reads them' })
    },
    stats: (nodeId, options) => proxy.stats(nodeId, options),
    reach: async (...args) => ({ ...(await proxy.reach(...args)), close: async () => {} }),
    collectPrograms: async () => {},
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  }
}

function plain(spec: NodeSpec): PlainSpec {
  const secretFiles = spec.secretFiles.map(({ path, content }) => ({ path, content: content.reveal() }))
  return { ...spec, secretFiles }
}

function revealed(spec: PlainSpec): NodeSpec {
  const secretFiles = spec.secretFiles.map(({ path, content }) => ({ path, content: new Secret(content) }))
  return { ...spec, secretFiles }
}
