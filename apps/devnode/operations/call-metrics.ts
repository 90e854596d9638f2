import { ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js'
import type { Metrics } from './metrics.ts'

/** Counts and times every call by the names that Fabric gives them: `grpc_server_unary_requests_received` and so on. */
export function measureCalls(metrics: Metrics): ServerInterceptor {
  return ({ path, requestStream, responseStream }, call) => {
    const [, service = '', method = ''] = path.split('/')
    const labels = { service: service.replaceAll('.', '_'), method }
    const kind = requestStream || responseStream ? 'stream' : 'unary'
    const began = performance.now()
    let isOver = false
    const end = (code: number) => {
      if (isOver) return
      isOver = true
      const ended = { ...labels, code: codeName(code) }
      metrics.add(`grpc_server_${kind}_requests_completed`, ended)
      metrics.observe(`grpc_server_${kind}_request_duration`, ended, (performance.now() - began) / 1_000)
    }
    metrics.add(`grpc_server_${kind}_requests_received`, labels)
    return new ServerInterceptingCall(call, {
      start: (next) => next({ onCancel: () => end(status.CANCELLED) }),
      sendStatus(result, pass) {
        end(result.code ?? status.OK)
        pass(result)
      },
    })
  }
}

/** Go's names: `NotFound`, not `NOT_FOUND`. */
function codeName(code: number): string {
  const name = status[code] ?? String(code)
  if (name === 'OK') return name
  return name
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('')
}
