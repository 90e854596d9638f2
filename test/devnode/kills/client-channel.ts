/** For tests only: what a gRPC client of this process knows of its connection. */
import type { Connection } from '@cello/fabric'
import { connectivityState, getChannelzHandlers, type handleUnaryCall, type ServerUnaryCall } from '@grpc/grpc-js'

const handlers = getChannelzHandlers()
type SubchannelAnswer = NonNullable<AnswerOf<typeof handlers.GetSubchannel>['subchannel']>
type AnswerOf<H> = H extends handleUnaryCall<never, infer R> ? R : never

type Described = Readonly<Record<string, unknown>>

/** State, history and counters of a client's channels, their subchannels and sockets, as gRPC's channelz tells them. */
export function describeClient({ client, endpoint }: Connection): Described {
  const state = connectivityState[client.getChannel().getConnectivityState(false)]
  const target = `${endpoint.host}:${endpoint.port}`
  const channels = ask(handlers.GetTopChannels, { start_channel_id: '0', max_results: '1000' })?.channel ?? []
  return {
    state,
    channels: channels
      .filter(({ data }) => data?.target?.endsWith(target))
      .map(({ data, subchannel_ref: subchannels }) => ({
        ...data,
        trace: eventsOf(data?.trace),
        subchannels: subchannels?.map(({ subchannel_id: id }) => describeSubchannel(String(id))),
      })),
  }
}

function describeSubchannel(id: string): Described {
  const subchannel = ask(handlers.GetSubchannel, { subchannel_id: id })?.subchannel
  return {
    ...subchannel?.data,
    trace: eventsOf(subchannel?.data?.trace),
    sockets: subchannel?.socket_ref?.map(({ socket_id: socket }) => {
      const found = ask(handlers.GetSocket, { socket_id: String(socket), summary: false })?.socket
      return { local: found?.local?.tcpip_address?.port, remote: found?.remote?.tcpip_address?.port, ...found?.data }
    }),
  }
}

type Trace = NonNullable<SubchannelAnswer['data']>['trace']

/** The newest 32, which are all that gRPC keeps. */
function eventsOf(trace: Trace | undefined): readonly string[] {
  return (trace?.events ?? []).map(({ timestamp, description }) => {
    const at = Number(timestamp?.seconds ?? 0) * 1_000 + Math.floor((timestamp?.nanos ?? 0) / 1e6)
    return `${new Date(at).toISOString()} ${description}`
  })
}

/** Channelz is a service; its handlers look at nothing but the request, and answer at once. */
function ask<Q, R>(handler: handleUnaryCall<Q, R>, request: Q): R | null | undefined {
  let answer: R | null | undefined
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  handler({ request } as ServerUnaryCall<Q, R>, (_, value) => {
    answer = value
  })
  return answer
}
