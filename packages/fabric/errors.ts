/** What went wrong, as a closed set; `isTransient` says which of them may pass by themselves. */
export type FabricErrorCode =
  | 'UNREACHABLE' // no connection, or the connection broke
  | 'DEADLINE_EXCEEDED' // no answer in time; the call may or may not have had its effect
  | 'CANCELLED' // the caller's signal fired
  | 'NOT_READY' // no leader yet, channel still being joined, service starting
  | 'ALREADY_DONE' // the wanted effect is there already
  | 'NOT_FOUND' // no such channel, block, transaction, package or definition
  | 'DENIED' // signature, membership, certificate or policy refused
  | 'INVALID' // Fabric understood the request and refused it as wrong
  | 'CONFLICT' // made for a config sequence or state that has moved
  | 'COMMIT_FAILED' // ordered, but marked invalid by the peers
  | 'UNKNOWN_FIELDS' // bytes hold fields that this schema lacks: decoding would drop them
  | 'PROTOCOL' // an answer that is not what the protocol says

export interface FabricErrorFacts {
  /** `host:port` or name of the node that was asked. */
  readonly node?: string
  readonly channel?: string
  readonly transactionId?: string
  /** What the operator or caller can do next, one sentence. */
  readonly next?: string
  /** The foreign status, as text: a gRPC code, an HTTP status, a Fabric status or validation code. */
  readonly status?: string
}

/** What to do about a node whose answers cannot be read. */
export const unreadableNextStep =
  'Compare with what another node answers: this one, or what lies between, does not keep to the protocol'

/** The one error class of this package. The message names node and channel where they are known. */
export class FabricError extends Error {
  override readonly name = 'FabricError'
  readonly code: FabricErrorCode
  readonly facts: FabricErrorFacts

  constructor(code: FabricErrorCode, message: string, facts: FabricErrorFacts = {}, options?: ErrorOptions) {
    const where = [facts.node && `node ${facts.node}`, facts.channel && `channel ${facts.channel}`].filter(Boolean)
    super(
      `${message}${where.length > 0 ? ` (${where.join(', ')})` : ''}${facts.next ? `. ${facts.next}` : ''}`,
      options,
    )
    this.code = code
    this.facts = facts
  }
}

const transient: ReadonlySet<FabricErrorCode> = new Set(['UNREACHABLE', 'DEADLINE_EXCEEDED', 'NOT_READY'])

/** Whether trying the same call again may succeed without anybody changing anything. */
export function isTransient(error: unknown): boolean {
  return error instanceof FabricError && transient.has(error.code)
}
