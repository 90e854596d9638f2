import jspb from 'google-protobuf'
import type { MessageClass } from './message-shape.ts'
import { soundBytes } from './sound-bytes.ts'

/** The readers of a gRPC method's definition, as stubs and grpc-js have them. */
interface MethodReaders {
  readonly requestDeserialize: (bytes: Buffer) => unknown
  readonly responseDeserialize: (bytes: Buffer) => unknown
}

/**
 * The same method of a generated stub, reading requests and responses as `decode` does. One that is not made for generated
 * messages stays as it is.
 */
export function soundMethod<D extends MethodReaders>(method: D): D {
  return {
    ...method,
    requestDeserialize: soundReader(method, 'requestType', method.requestDeserialize),
    responseDeserialize: soundReader(method, 'responseType', method.responseDeserialize),
  }
}

/** All methods of a service. */
export function soundService<S extends Readonly<Record<string, MethodReaders>>>(service: S): S {
  const methods = Object.entries(service).map(([name, method]) => [name, soundMethod(method)])
  // Each name keeps its method's type; `fromEntries` cannot say so.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(methods) as S
}

function soundReader<T>(method: object, role: 'requestType' | 'responseType', read: (bytes: Buffer) => T) {
  const type: unknown = Reflect.get(method, role)
  if (!isMessageClass(type)) return read
  return (bytes: Buffer): T => {
    const { buffer, byteOffset, length } = soundBytes(bytes, type)
    return read(Buffer.from(buffer, byteOffset, length))
  }
}

function isMessageClass(value: unknown): value is MessageClass {
  return typeof value === 'function' && value.prototype instanceof jspb.Message
}
