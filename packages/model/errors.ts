/** When the same call may be tried again: at once, after a while, or never without a change. */
export type Retry = 'now' | 'later' | 'never'

interface ErrorRow {
  /** HTTP status where it reaches a caller. */
  readonly status: number
  readonly retry: Retry
  /** `{field}` stands for a fact of the error. */
  readonly message: string
  /** What to do next. */
  readonly next: string
}

/** Every error that leaves Cello, one row each. docs/errors.md is this table, and a test compares the two both ways. */
export const errorCatalogue = {
  // requests
  INVALID_REQUEST: row(
    400,
    'never',
    'The request is not as the API says: {detail}.',
    'Mend the fields named in `errors` and send it again.',
  ),
  UNAUTHENTICATED: row(
    401,
    'never',
    'The request carries no valid token.',
    "Send `Authorization: Bearer <token>`; the token is in the file `token` of the server's data directory.",
  ),
  FORBIDDEN: row(403, 'never', 'This caller may not do that: {detail}.', 'Ask an administrator.'),
  NOT_FOUND: row(404, 'never', 'There is no {noun} {id}.', 'List them to see what there is.'),
  METHOD_NOT_ALLOWED: row(405, 'never', '{method} is not possible here.', 'See the API page at /docs.'),
  PRECONDITION_FAILED: row(
    412,
    'never',
    'The {noun} {id} has changed since you read it.',
    'Read it again, look at the change, and send yours with the new ETag.',
  ),
  BODY_TOO_LARGE: row(413, 'never', 'The request body is larger than {limit} bytes.', 'Send less.'),
  UNSUPPORTED_MEDIA: row(
    415,
    'never',
    'The content type {type} is not understood here.',
    'Send application/json, or what the API page says.',
  ),
  IDEMPOTENCY_MISMATCH: row(
    422,
    'never',
    'The idempotency key was used before with another request.',
    'Use a new key for a new request.',
  ),
  IDEMPOTENCY_IN_FLIGHT: row(
    409,
    'later',
    'A request with this idempotency key is still being handled.',
    'Wait for its answer.',
  ),
  PRECONDITION_REQUIRED: row(
    428,
    'never',
    'A change of {noun} {id} needs an If-Match header.',
    'Read it and send its ETag.',
  ),
  TOO_MANY_REQUESTS: row(429, 'later', 'Too many requests.', 'Wait as long as Retry-After says.'),
  INTERNAL: row(
    500,
    'later',
    'Cello failed at something it did not expect.',
    'Look up the request id in the log of the server, and report it.',
  ),
  UNSUPPORTED: row(501, 'never', '{feature} is not supported: {reason}.', 'See the documentation for what is.'),
  STARTING: row(503, 'later', 'The server is starting or stopping.', 'Try again in a few seconds.'),
  STORAGE_FULL: row(507, 'later', 'There is no space left on {place}.', 'Free some space, then try again.'),
  // wanted state
  NAME_TAKEN: row(409, 'never', 'There is a {noun} named {name} already.', 'Pick another name.'),
  CHANGE_REFUSED: row(409, 'never', 'The change cannot be made: {detail}.', '{nearest}'),
  NETWORK_DELETING: row(
    409,
    'never',
    'The network {network} is being deleted.',
    'Wait until it is gone, or look at its operation.',
  ),
  NETWORK_STOPPED: row(409, 'never', 'The network {network} is stopped.', 'Start it, then ask again.'),
  OPERATION_ENDED: row(
    409,
    'never',
    'The operation {id} has ended as {state}.',
    'Look at the network for what is true now.',
  ),
  QUORUM_AT_RISK: row(
    409,
    'later',
    'The change would leave channel {channel} without a quorum of orderers: {detail}.',
    'Bring every orderer of the channel up first.',
  ),
  // hosts and programs
  FABRIC_NOT_FOUND: row(
    409,
    'never',
    'No Hyperledger Fabric {version} was found on host {host}.',
    'Install it with `cello fabric install VERSION` (such as 3.1.5), choose one that `cello fabric list` shows with `cello fabric use VERSION`, or set CELLO_FABRIC to a folder that holds `peer` and `orderer`.',
  ),
  FABRIC_DOWNLOAD_FAILED: row(
    502,
    'later',
    'Fabric could not be downloaded from {url}: {detail}.',
    'Check the network; or download the archive elsewhere and give it with `cello fabric install VERSION --file ARCHIVE`.',
  ),
  DIGEST_UNKNOWN: row(
    409,
    'never',
    'No digest is known for {file}.',
    'Give the one that the publisher states, with --sha256; GitHub shows it beside each file of a release.',
  ),
  DIGEST_MISMATCH: row(
    409,
    'never',
    'The digest of {file} is {actual}, not {expected}.',
    'Do not use the file; fetch it again from its publisher.',
  ),
  ARCHIVE_UNREADABLE: row(
    422,
    'never',
    'The archive {file} cannot be read: {detail}.',
    'Give the path of a release archive (tar.gz) that lies on the machine of the server, where the user that runs the server may read it.',
  ),
  ARCHIVE_REFUSED: row(
    422,
    'never',
    'The archive {file} is refused: {detail}.',
    'Use the archive as its publisher made it.',
  ),
  FOLDER_NOT_WRITABLE: row(
    409,
    'never',
    'Nothing can be written to {folder}: {detail}.',
    'Let the user that runs the server write there, or set CELLO_CACHE to another folder.',
  ),
  PROGRAM_MISSING: row(
    409,
    'never',
    'The program {program} of node {node} is not on host {host}: {detail}.',
    'Put it back, then retry the operation.',
  ),
  PROGRAM_CHANGED: row(
    409,
    'never',
    'The program {program} is not the one that was recorded for node {node}: {detail}.',
    'Restore the recorded file, then retry the operation.',
  ),
  PROGRAM_UNSUITABLE: row(
    409,
    'never',
    'The program {program} cannot run on this machine: {detail}.',
    'Install Fabric for this system and processor.',
  ),
  PORT_TAKEN: row(
    409,
    'later',
    'Port {port} of node {node} is taken by another program.',
    'Stop that program, or delete the node and add it again.',
  ),
  PORTS_EXHAUSTED: row(
    409,
    'never',
    'Host {host} has no free port left between {from} and {to}.',
    'Delete networks or nodes, or stop what else listens there.',
  ),
  DISK_FULL: row(
    507,
    'later',
    'The disk of host {host} is full; node {node} cannot be written.',
    'Free some space, then retry the operation.',
  ),
  HOST_UNREACHABLE: row(
    502,
    'later',
    'Host {host} does not answer: {detail}.',
    'Check the machine and its connection; nothing on it is given up.',
  ),
  STALE_FENCE: row(
    409,
    'never',
    'The command comes from a control plane that no longer owns {key}.',
    'Nothing to do: the new owner carries on.',
  ),
  DEMO_FAILED: row(409, 'later', 'The demonstration network did not come up: {detail}', '{nearest}'),
  // nodes and ledgers
  NODE_EXITED: row(
    502,
    'later',
    'Node {node} ended by itself: {detail}.',
    'Read its last lines below, mend the cause, then retry the operation.',
  ),
  NODE_UNREACHABLE: row(502, 'later', 'Node {node} does not answer: {detail}.', 'Look at its state and log.'),
  NODE_NOT_READY: row(503, 'later', 'Node {node} is not ready: {detail}.', 'Wait; look at its log if it lasts.'),
  NO_LEADER: row(
    503,
    'later',
    'Channel {channel} has no leader.',
    'Look at the orderers: more than half of them must run.',
  ),
  LEDGER_REFUSED: row(422, 'never', 'The ledger refused: {detail}.', 'Mend what it says.'),
  LEDGER_BUSY: row(503, 'later', 'The ledger did not answer in time: {detail}.', 'Try again.'),
  LEDGER_PROTOCOL: row(
    502,
    'never',
    'A node answered what its protocol does not allow: {detail}.',
    'Check the version of the node; report it.',
  ),
  COMMIT_FAILED: row(
    409,
    'never',
    'Transaction {txId} was ordered but is invalid: {status}.',
    'Look at the reason; an MVCC conflict is worth a new try.',
  ),
  CONTRACT_ERROR: row(
    422,
    'never',
    'The contract answered with an error: {detail}.',
    '`cello contract show NAME` says which nodes run it, and `cello node logs NODE` what one wrote; on devnodes `cello transaction trace` shows what happened inside.',
  ),
  // packages
  PACKAGE_INVALID: row(422, 'never', 'The package is not usable: {detail}.', 'Mend the folder and upload it again.'),
  BUILD_FAILED: row(
    422,
    'never',
    'The contract does not build: {detail}.',
    'Mend what the compiler says and upload it again.',
  ),
  BUILD_NEEDS_NETWORK: row(
    409,
    'never',
    'The contract has dependencies that could not be installed: {detail}.',
    'Give a lockfile, or upload a folder that is built already with its node_modules.',
  ),
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof errorCatalogue

/** Facts that the message's `{field}`s take, and more for whoever looks. Never a secret. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/** The one error class of the platform. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError'
  readonly code: ErrorCode
  readonly facts: ErrorFacts
  readonly retry: Retry
  readonly status: number
  readonly next: string

  constructor(code: ErrorCode, facts: ErrorFacts = {}, options?: ErrorOptions) {
    const found: ErrorRow = errorCatalogue[code]
    super(fill(found.message, facts), options)
    this.code = code
    this.facts = facts
    this.retry = found.retry
    this.status = found.status
    this.next = fill(found.next, facts)
  }
}

/** Whether doing the same again may work without anybody changing anything. */
export function isRetryable(error: unknown): boolean {
  return error instanceof PlatformError ? error.retry !== 'never' : false
}

function row(status: number, retry: Retry, message: string, next: string): ErrorRow {
  return { status, retry, message, next }
}

function fill(template: string, facts: ErrorFacts): string {
  return template.replaceAll(/\{(\w+)\}/g, (whole, field: string) => {
    const value = facts[field]
    return value === undefined ? whole : Array.isArray(value) ? value.join(', ') : String(value)
  })
}
