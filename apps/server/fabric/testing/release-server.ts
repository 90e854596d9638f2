import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

export interface ServedFile {
  readonly bytes: Uint8Array
  readonly etag?: string | undefined
  /** Answers the first so many bytes of the file, then nothing, until the client gives up, the server ends, or `cut` is called. */
  readonly stallAfter?: number | undefined
  /** Instead of an answer: hangs up, or leaves who asks waiting. */
  readonly says?: 'goodbye' | 'nothing' | undefined
  /** Ignores Range. */
  readonly noRanges?: boolean | undefined
  readonly redirect?: string | undefined
}

export interface ReleaseServer extends AsyncDisposable {
  readonly url: string
  /** By path. */
  readonly files: Map<string, ServedFile>
  /** `path range` of each request, in order. */
  readonly requests: string[]
  /** Resolves when a stalled answer has been sent as far as it goes. */
  stalled(): Promise<void>
  /** Cuts every connection, in the middle of an answer too. */
  cut(): void
}

/** Serves files on loopback as a mirror of releases would, with ranges and etags, and with faults on demand. */
export async function startReleaseServer(): Promise<ReleaseServer> {
  const files = new Map<string, ServedFile>()
  const requests: string[] = []
  const stalled = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    requests.push(`${path} ${request.headers.range ?? ''}`.trim())
    const file = files.get(path)
    if (!file) response.writeHead(404).end()
    else if (file.says === 'goodbye') request.destroy()
    else if (file.says === 'nothing') return
    else if (file.redirect) response.writeHead(302, { location: file.redirect }).end()
    else answer(file, request, response, () => stalled.resolve())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    files,
    requests,
    stalled: () => stalled.promise,
    cut: () => server.closeAllConnections(),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer(file: ServedFile, request: IncomingMessage, response: ServerResponse, onStall: () => void): void {
  const from = startOf(file, request)
  const total = file.bytes.length
  if (from >= total) return void response.writeHead(416).end()
  const rest = file.bytes.subarray(from)
  const headers = { 'content-length': rest.length, ...(file.etag ? { etag: file.etag } : {}) }
  const range = from > 0 ? { 'content-range': `bytes ${from}-${total - 1}/${total}` } : {}
  response.writeHead(from > 0 ? 206 : 200, { ...headers, ...range })
  const { stallAfter } = file
  response.flushHeaders()
  if (stallAfter === undefined) return void response.end(rest)
  response.write(rest.subarray(0, Math.max(0, stallAfter - from)), onStall)
}

function startOf(file: ServedFile, request: IncomingMessage): number {
  const changed = request.headers['if-range'] !== undefined && request.headers['if-range'] !== file.etag
  if (file.noRanges || changed) return 0
  return Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}
