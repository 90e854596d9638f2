import { connect, type Socket } from 'node:net'
import { LineSocket } from './line-socket.ts'
import type { ErrorCoding } from './local-server.ts'
import { decodeValue, encodeValue } from './wire-values.ts'

export type { ErrorCoding, ServeOptions } from './local-server.ts'
export { serveCalls } from './local-server.ts'

export interface ProxyOptions {
  /** Of the unix socket that `serveCalls` listens on. */
  readonly path: string
  readonly errors: ErrorCoding
  /** The error of a call whose answer cannot come any more, since the server is away. */
  lost(method: string, cause: unknown): Error
}

interface Waiting {
  readonly method: string
  resolve(value: unknown): void
  reject(error: Error): void
}

interface Reply {
  readonly call: number
  readonly value?: unknown
  readonly error?: unknown
}

/**
 * An object whose methods are those of the object that is served at the path. Connects with the first call, and anew with
 * the next one after the connection was lost; calls under way then fail with `lost`. Arguments and results are plain data,
 * bytes included; abort signals may stand in arguments. An idle proxy keeps no process alive.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- only the caller knows what is served at the path
export function callProxy<T extends object>(options: ProxyOptions): T & AsyncDisposable {
  const caller = new Caller(options)
  const methods = new Map<string | symbol, unknown>([[Symbol.asyncDispose, async () => caller.close()]])
  return new Proxy<T & AsyncDisposable>(Object.create(null), {
    get(_target, name) {
      // Whoever awaits the proxy must not take it for a promise.
      if (name === 'then') return undefined
      if (!methods.has(name) && typeof name === 'string') {
        methods.set(name, (...args: unknown[]) => caller.call(name, args))
      }
      return methods.get(name)
    },
  })
}

class Caller {
  readonly #options: ProxyOptions
  readonly #waiting = new Map<number, Waiting>()
  #lines: LineSocket | undefined
  #calls = 0

  constructor(options: ProxyOptions) {
    this.#options = options
  }

  async call(method: string, args: readonly unknown[]): Promise<unknown> {
    const call = ++this.#calls
    const signals: AbortSignal[] = []
    // JSON has no undefined: an argument that was left out must not arrive as null.
    const given = args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1)
    const text = encodeValue({ call, method, args: given }, (signal) => signals.push(signal))
    for (const signal of signals) signal.throwIfAborted()
    const lines = this.#connected()
    const answered = new Promise<unknown>((resolve, reject) => this.#waiting.set(call, { method, resolve, reject }))
    const cancels = signals.map((signal) => {
      const cancel = () => {
        lines.send(encodeValue({ cancel: call }))
        this.#settle(call)?.reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
      }
      signal.addEventListener('abort', cancel, { once: true })
      return () => signal.removeEventListener('abort', cancel)
    })
    lines.socket.ref()
    lines.send(text)
    try {
      return await answered
    } finally {
      for (const forget of cancels) forget()
    }
  }

  close(): void {
    this.#lines?.socket.destroy()
    this.#drop(undefined)
  }

  #connected(): LineSocket {
    this.#lines ??= this.#connect()
    return this.#lines
  }

  #connect(): LineSocket {
    const socket = connect(this.#options.path)
    let cause: unknown
    socket.on('error', (error) => {
      cause = error
    })
    socket.on('close', () => this.#drop(cause, socket))
    return new LineSocket(socket, (line) => this.#take(line))
  }

  #take(line: string): void {
    const reply = decodeValue(line)
    if (!isReply(reply)) return
    const waiting = this.#settle(reply.call)
    if ('error' in reply) waiting?.reject(this.#options.errors.decode(reply.error))
    else waiting?.resolve(reply.value)
  }

  /** Takes a call off the list; the last one lets the process go. */
  #settle(call: number): Waiting | undefined {
    const waiting = this.#waiting.get(call)
    this.#waiting.delete(call)
    if (this.#waiting.size === 0) this.#lines?.socket.unref()
    return waiting
  }

  #drop(cause: unknown, socket?: Socket): void {
    if (socket && this.#lines?.socket !== socket) return
    this.#lines = undefined
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const call of waiting) call.reject(this.#options.lost(call.method, cause))
  }
}

function isReply(value: unknown): value is Reply {
  return typeof value === 'object' && value !== null && 'call' in value && typeof value.call === 'number'
}
