import { ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js'

/** Refuses a call while as many of its service are running as `limits` allows, in Fabric's words. 0: any number. */
export function limitCalls(limits: Readonly<Record<string, number>>): ServerInterceptor {
  const running = new Map<string, number>()
  return ({ path }, call) => {
    const service = path.slice(0, path.lastIndexOf('/'))
    const limit = limits[service.slice(1)] ?? 0
    if (limit === 0) return new ServerInterceptingCall(call)
    let isCounted = false
    const leave = () => {
      if (isCounted) running.set(service, (running.get(service) ?? 1) - 1)
      isCounted = false
    }
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata(metadata, pass) {
            const count = running.get(service) ?? 0
            if (count >= limit) {
              const details = `too many requests for ${service}, exceeding concurrency limit (${limit})`
              call.sendStatus({ code: status.UNKNOWN, details })
              return
            }
            running.set(service, count + 1)
            isCounted = true
            pass(metadata)
          },
          onCancel: leave,
        }),
      sendStatus(result, pass) {
        leave()
        pass(result)
      },
    })
  }
}
