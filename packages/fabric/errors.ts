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
  /** Name of the node that was asked. */
  readonly node?: string
  readonly channel?: string
  readonly transactionId?: string
  /** What the operator or caller can do next, one sentence. Never absent where there is a node. */
  readonly next?: string
  /** The foreign status, as text: a gRPC code, an HTTP status, a Fabric status or validation code. */
  readonly status?: string
}

/** What to do next where the words of the node do not say it. */
const usualNextSteps: Readonly<Record<FabricErrorCode, string>> = {
  UNREACHABLE: 'Check that the node runs and that its address and TLS roots are right',
  DEADLINE_EXCEEDED: 'The call may have had its effect: look before repeating it',
  CANCELLED: 'The call may have had its effect: look before repeating it',
  NOT_READY: 'Wait, then make the same call again',
  ALREADY_DONE: 'Nothing is left to be done',
  NOT_FOUND: 'Check the name or number that was asked for, and that the node has joined the channel',
  DENIED: 'Use an identity that this channel’s or node’s policy accepts',
  INVALID: 'Change what was asked for as the node’s words say',
  CONFLICT: 'Read the present state and make the request anew',
  COMMIT_FAILED: 'Look at the peers’ logs for why they refused it',
  UNKNOWN_FIELDS: 'Use a release of this library that knows them; nothing was changed',
  PROTOCOL: 'Compare with what another node answers: this one, or what lies between, does not keep to the protocol',
}

/**
 * The one error class of this package. The message names node and channel where they are known, and the next step: the one
 * that is given or, of what a node answered or did not, the usual one of its code.
 */
export class FabricError extends Error {
  override readonly name = 'FabricError'
  readonly code: FabricErrorCode
  readonly facts: FabricErrorFacts

  constructor(code: FabricErrorCode, message: string, facts: FabricErrorFacts = {}, options?: ErrorOptions) {
    const next = facts.next ?? (facts.node === undefined ? undefined : usualNextSteps[code])
    const where = [facts.node && `node ${facts.node}`, facts.channel && `channel ${facts.channel}`].filter(Boolean)
    super(`${message}${where.length > 0 ? ` (${where.join(', ')})` : ''}${next ? `. ${next}` : ''}`, options)
    this.code = code
    this.facts = next === undefined ? facts : { ...facts, next }
  }
}

const transient: ReadonlySet<FabricErrorCode> = new Set(['UNREACHABLE', 'DEADLINE_EXCEEDED', 'NOT_READY'])

/** Whether trying the same call again may succeed without anybody changing anything. */
export function isTransient(error: unknown): boolean {
  return error instanceof FabricError && transient.has(error.code)
}
