import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js'

/**
 * Replaces what is no text in the status of any call. What a client sent may stand in a refusal, and with it half a surrogate
 * pair: protobuf's decoder lets such through. gRPC's library gives the text to `encodeURI`, which throws for it, and so would
 * end the process.
 */
export const wellFormedStatus: ServerInterceptor = (_method, call) =>
  new ServerInterceptingCall(call, {
    sendStatus: (result, pass) => pass({ ...result, details: result.details?.toWellFormed() ?? '' }),
  })
