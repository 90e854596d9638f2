/** For tests only: bytes sent to a gRPC method as they are, and how the call ended. */
import assert from 'node:assert/strict'
import type { Connection } from '@cello/fabric'
import { status as grpcStatus, type ServiceError } from '@grpc/grpc-js'

export interface Request {
  readonly path: string
  readonly bytes: Buffer
  readonly isStream: boolean
}

export interface Ending {
  /** Of the call; 0 for an answer. */
  readonly code: number
  readonly details: string
  readonly answer?: Buffer
}

/** Milliseconds; a request for blocks may rightly wait for ever, any other is answered even on a busy machine. */
const patienceMs = { stream: 3_000, unary: 60_000 }

const same = (bytes: Buffer): Buffer => bytes
const endingOf = ({ code, details }: ServiceError): Ending => ({ code, details })
const answered = (answer?: Buffer): Ending => ({ code: grpcStatus.OK, details: '', ...(answer ? { answer } : {}) })

/** One call; of a stream, until its first answer. */
export function send({ client }: Connection, { path, bytes, isStream }: Request): Promise<Ending> {
  const options = { deadline: Date.now() + patienceMs[isStream ? 'stream' : 'unary'] }
  return new Promise((resolve) => {
    if (!isStream) {
      client.makeUnaryRequest(path, same, same, bytes, options, (error, answer) =>
        resolve(error ? endingOf(error) : answered(answer)),
      )
      return
    }
    const call = client.makeBidiStreamRequest(path, same, same, options)
    call.on('error', (error: ServiceError) => resolve(endingOf(error)))
    call.on('end', () => resolve(answered()))
    // Not cancelled: HTTP/2 servers end connections that reset too many streams.
    call.on('data', (answer: Buffer) => resolve(answered(answer)))
    call.end(bytes)
  })
}

/** What gRPC's client says by itself when the other side is gone, or broke off without a status. */
const withoutStatus =
  /^(Connection dropped|No connection established|Stream|Call cancelled|Received RST|(read|write|connect) E)/
/** How JavaScript tells of a mistake of ours: nobody meant to answer so. */
const ownMistake =
  /Cannot (read|set|convert|destructure)|is not (a function|iterable|defined|a constructor)|Maximum call stack|out of range|ERR_[A-Z]/

const late: number = grpcStatus.DEADLINE_EXCEEDED

/** @throws AssertionError where no node meant this ending */
export function assertProper({ path, bytes, isStream }: Request, { code, details }: Ending): void {
  const about = `${path}: ${code} ${details} for ${bytes.toString('hex')}`
  assert.ok(isStream || code !== late, about)
  assert.ok(!withoutStatus.test(details), about)
  assert.ok(!ownMistake.test(details), about)
}
