import { chmod, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { LineSocket } from './line-socket.ts'
import { decodeValue, encodeValue } from './wire-values.ts'

/** How errors travel; whoever knows their classes says. */
export interface ErrorCoding {
  /** Plain data. */
  encode(error: unknown): unknown
  decode(encoded: unknown): Error
}

export interface ServeOptions {
  /** Of the unix socket; at most 107 bytes on Linux. A socket left by a process that is gone is replaced. */
  readonly path: string
  /** Its methods, own or inherited, can be called; nothing else of it can be seen. */
  readonly target: object
  readonly errors: ErrorCoding
}

type Call = { readonly call: number; readonly method: string; readonly args: readonly unknown[] }
type Cancel = { readonly cancel: number }

/**
 * Lets other processes of this user call an object's asynchronous methods, by `callProxy`. Calls run at once and answer in
 * any order; those with a signal are aborted when their caller is gone. Disposing closes all connections.
 * @throws Error EADDRINUSE when another process serves there.
 */
export async function serveCalls(options: ServeOptions): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serveOne(socket, options)
  })
  await removeStale(options.path)
  await listen(server, options.path)
  await chmod(options.path, 0o600)
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function serveOne(socket: Socket, { target, errors }: ServeOptions): void {
  const controllers = new Map<number, AbortController>()
  const lines = new LineSocket(socket, (line) => {
    const met: AbortController[] = []
    const message = decodeValue(line, () => {
      const controller = new AbortController()
      met.push(controller)
      return controller.signal
    })
    if (isCancel(message)) return controllers.get(message.cancel)?.abort()
    // Whoever does not speak this has no business here.
    if (!isCall(message)) return socket.destroy()
    const [controller] = met
    if (controller) controllers.set(message.call, controller)
    void answer(message, target, errors).then((text) => {
      controllers.delete(message.call)
      lines.send(text)
    })
  })
  socket.on('close', () => {
    for (const controller of controllers.values()) controller.abort()
  })
}

async function answer({ call, method, args }: Call, target: object, errors: ErrorCoding): Promise<string> {
  try {
    const found: unknown = method in Object.prototype ? undefined : Reflect.get(target, method)
    if (typeof found !== 'function') throw new TypeError(`there is no method ${method}`)
    const value: unknown = await Reflect.apply(found, target, args)
    return encodeValue({ call, value })
  } catch (error) {
    return encodeValue({ call, error: errors.encode(error) })
  }
}

function isCancel(message: unknown): message is Cancel {
  return typeof message === 'object' && message !== null && 'cancel' in message && typeof message.cancel === 'number'
}

function isCall(message: unknown): message is Call {
  if (typeof message !== 'object' || message === null) return false
  const { call, method, args }: Partial<Call> = message
  return typeof call === 'number' && typeof method === 'string' && Array.isArray(args)
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
}

/** A process that was killed leaves its socket's file behind. */
async function removeStale(path: string): Promise<void> {
  const code = await new Promise<string | undefined>((resolve) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
  if (code === 'ECONNREFUSED') await rm(path, { force: true })
}
