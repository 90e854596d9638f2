/** The connections of a gRPC server. */
import type { ServerHttp2Session } from 'node:http2'
import type { Server } from '@grpc/grpc-js'

/**
 * Those open now, of what `server` is bound to; each is shown to `begin` first. grpc-js 1.14 keeps them to itself, and where no
 * statistics are asked for (channelz), what it calls a forced shutdown ends none of them. It has no public way to them:
 * `grpc.keepalive_*` are about pings of the server's own, interceptors are given calls, and `createConnectionInjector` takes
 * sockets in and gives no session back, so that with it pings would have to be read out of the frames here.
 * @throws Error where another grpc-js keeps its listeners elsewhere
 */
export function sessionsOf(
  server: Server,
  begin: (session: ServerHttp2Session) => void,
): ReadonlySet<ServerHttp2Session> {
  const listeners: unknown = Reflect.get(server, 'http2Servers')
  if (!(listeners instanceof Map) || listeners.size === 0) throw new Error('this grpc-js shows no listeners to watch')
  const sessions = new Set<ServerHttp2Session>()
  for (const listener of listeners.keys()) {
    listener.on('session', (session: ServerHttp2Session) => {
      sessions.add(session)
      session.once('close', () => sessions.delete(session))
      begin(session)
    })
  }
  return sessions
}

/** Ends them with whatever calls they have. Resolves when they are closed. */
export async function cut(sessions: ReadonlySet<ServerHttp2Session>): Promise<void> {
  await Promise.all(Array.from(sessions, closed))
}

function closed(session: ServerHttp2Session): Promise<void> {
  return new Promise((resolve) => {
    session.once('close', resolve)
    session.destroy()
  })
}
