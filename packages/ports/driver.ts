import type { Secret } from '@cello/kit'
import type { NodeKind, PortName } from '@cello/model'

/**
 * Where nodes run. A driver makes one host's world be as it is told, by node id; every method may be repeated, and a
 * repetition after a lost answer changes nothing. `suites/driver.ts` judges every driver, the fake included.
 *
 * Errors are PlatformErrors: HOST_UNREACHABLE, PROGRAM_MISSING, PROGRAM_CHANGED, PROGRAM_UNSUITABLE, PORT_TAKEN, DISK_FULL,
 * STALE_FENCE, NODE_EXITED, NODE_UNREACHABLE, NOT_FOUND, UNSUPPORTED (for what `capabilities` says is missing).
 */
export interface Driver extends AsyncDisposable {
  readonly kind: string
  readonly capabilities: DriverCapabilities
  facts(options?: Cancellable): Promise<HostFacts>
  /** Which of these ports nothing listens on now. A hint: only `ensure` finds out for certain. */
  freePorts(candidates: readonly number[], options?: Cancellable): Promise<number[]>
  /** Copies a program into the host's keeping, once by digest. Nodes start only from there. */
  addProgram(source: ProgramSource, options?: Cancellable): Promise<ProgramRef>
  /** Makes the node exist, as specified, and run. Restarts it when the spec's digest or incarnation moved. Returns when it was started, not when it is ready. */
  ensure(spec: NodeSpec, command: Command): Promise<ObservedNode>
  /** Stops it if it runs: asks (SIGTERM), waits `graceMs`, then kills. Data stays. Unknown ids are fine. */
  stop(nodeId: string, command: Command & { readonly graceMs?: number }): Promise<void>
  /** Starts a stopped node with the spec it has. */
  start(nodeId: string, command: Command): Promise<ObservedNode>
  /** Stops it and deletes all that is left of it: data, files, logs. Unknown ids are fine. */
  remove(nodeId: string, command: Command): Promise<void>
  /** Everything on this host that carries our mark, in one cheap call; also what no row knows. */
  observe(options?: Cancellable): Promise<ObservedNode[]>
  /** Calls `hint` when something may have changed. Hints may be lost or false. */
  watch(hint: (nodeId: string) => void): Disposable
  /** The node's output, oldest first, whole lines; with `follow` it goes on until the signal fires or the iterator is left. */
  logs(nodeId: string, options?: LogOptions): AsyncIterable<LogLine>
  /** One reading of a running node. */
  stats(nodeId: string, options?: Cancellable): Promise<NodeStats>
  /** A way to dial a port of the node from here, now. */
  reach(nodeId: string, port: PortName, options?: Cancellable): Promise<Reached>
  /** Deletes copied programs that neither `inUse` (digests) names nor a node of this host is specified to run. */
  collectPrograms(inUse: ReadonlySet<string>, options?: CollectOptions): Promise<void>
}

export interface DriverCapabilities {
  /** Who restarts a node that ended by itself: the host, or nobody but the control plane. */
  readonly restarts: 'host' | 'ours'
  readonly isolation: 'none' | 'uid' | 'container' | 'vm'
  readonly stats: boolean
  readonly followLogs: boolean
}

export interface Cancellable {
  readonly signal?: AbortSignal | undefined
}

/** A change is made in the name of a claim: a driver refuses a fence lower than one it has seen for that node. */
export interface Command extends Cancellable {
  readonly fence: number
}

export interface CollectOptions extends Cancellable {
  /**
   * What `addProgram` was asked for in the last so many milliseconds stays as well: whoever asked may not have written down
   * yet what it is for. Default 0. A driver need not remember it longer than it lives.
   */
  readonly keepAskedMs?: number | undefined
}

export interface HostFacts {
  readonly hostname: string
  /** `linux`, and `amd64` or `arm64`, as Fabric names them. */
  readonly os: string
  readonly arch: string
  readonly cpus: number
  readonly memoryBytes: number
  readonly diskFreeBytes: number
  readonly diskTotalBytes: number
  /** The address that nodes on this host are dialled at, by each other too. */
  readonly address: string
  /** Ports that may be allotted; below the ephemeral range. Both ends belong to it. */
  readonly ports: { readonly from: number; readonly to: number }
}

/** A file, or a folder with one file in it to start. */
export type ProgramSource =
  | { readonly kind: 'file'; readonly path: string }
  | {
      readonly kind: 'folder'
      readonly path: string
      readonly entry: string
      /** The caller has no more use for the folder: the driver may take it instead of copying it, whatever comes of it then. */
      readonly given?: boolean
    }

export interface ProgramRef {
  /** SHA-256 of the file, or of the folder's sorted listing of paths, modes and digests; lower-case hex. */
  readonly digest: string
  /** File name, or path of the entry in the folder. */
  readonly entry: string
}

/**
 * What a node is, whole. In `args`, `env` values and the text of `files` the driver replaces, since only it knows the
 * places: `{data}` the data folder, `{files}` the folder of `files` and `secretFiles`, `{program:NAME}` the started file of
 * a program, `{folder:NAME}` the folder that was added (of a file: the one it lies in), `{port:NAME}` a port. Nothing else
 * is interpreted. A node inherits nothing of our environment; it gets a PATH, HOME and TMPDIR unless `env` says otherwise.
 */
export interface NodeSpec {
  readonly id: string
  readonly incarnation: number
  /** For finding our things again, and for people: `network` is the id of the network's row. Never interpreted by a driver. */
  readonly labels: {
    readonly network: string
    readonly organization: string
    readonly name: string
    readonly kind: NodeKind
  }
  readonly programs: Readonly<Record<string, ProgramRef>>
  /** Which of `programs` is started. */
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly files: readonly NodeFile[]
  /** Written 0600 and never shown. */
  readonly secretFiles: readonly { readonly path: string; readonly content: Secret }[]
  readonly ports: Readonly<Partial<Record<PortName, number>>>
  readonly limits?: { readonly openFiles?: number } | undefined
  /**
   * Before each start, each folder directly in `folder` (below `{data}`) that lacks the file `unlessHolds` is removed: see
   * ledgers/fabric on half-made builds.
   */
  readonly sweep?: readonly { readonly folder: string; readonly unlessHolds: string }[] | undefined
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly graceMs: number
}

export interface NodeFile {
  /** Relative, below `{files}`. */
  readonly path: string
  readonly content: string
  readonly executable?: boolean
  /** Another content is no reason to restart the node: it is left out of the digest, and written when the node is next made to run. */
  readonly isNoRestart?: boolean
}

export interface ObservedNode {
  readonly id: string
  readonly state: 'running' | 'stopped' | 'exited'
  readonly incarnation: number
  readonly specDigest: string
  readonly labels: NodeSpec['labels']
  /** Milliseconds since 1970, UTC; of the running or last run. */
  readonly startedAt?: number | undefined
  /** Of a node that ended by itself. `unknown` where nobody wrote it down. */
  readonly exit?:
    | { readonly code: number | 'unknown'; readonly signal?: string | undefined; readonly at: number }
    | undefined
  /** The end of the output of a node that ended by itself: at most 20 lines. */
  readonly lastLines?: readonly string[] | undefined
  readonly pid?: number | undefined
}

export interface LogOptions extends Cancellable {
  readonly follow?: boolean
  /** Start with the last so many lines; default all that are kept. */
  readonly tail?: number
}

export interface LogLine {
  /** Milliseconds since 1970, UTC, where known. */
  readonly at?: number | undefined
  readonly text: string
}

export interface NodeStats {
  readonly at: number
  /** CPU time used since the start, milliseconds. */
  readonly cpuMs: number
  readonly memoryBytes: number
  /** Of the node's data folder. */
  readonly diskBytes: number
}

/** How to dial a node's port: check TLS against `serverName`; call `close` when done. */
export interface Reached {
  readonly host: string
  readonly port: number
  close(): Promise<void>
}
