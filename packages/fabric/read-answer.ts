import type { Connection } from './connection.ts'
import { FabricError } from './errors.ts'
import { type CallSubject, factsOf } from './limits.ts'

/** What is read from an answer: bytes of it that are no such message are an error that names the node. @throws FabricError PROTOCOL */
export function readAnswer<T>(connection: Connection, subject: CallSubject, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof FabricError) || error.code !== 'PROTOCOL' || error.facts.node !== undefined) throw error
    const facts = { ...error.facts, node: connection.endpoint.node, ...factsOf(subject) }
    throw new FabricError('PROTOCOL', `Could not ${subject.doing}: ${error.message}`, facts, { cause: error })
  }
}
