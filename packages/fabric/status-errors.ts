import { common } from '@hyperledger/fabric-protos'
import type { Endpoint } from './endpoint.ts'
import { FabricError, type FabricErrorCode } from './errors.ts'
import { meaningOf } from './foreign-text.ts'
import { type CallSubject, factsOf } from './limits.ts'

const codes: Readonly<Record<number, FabricErrorCode>> = {
  [common.Status.BAD_REQUEST]: 'INVALID',
  [common.Status.FORBIDDEN]: 'DENIED',
  [common.Status.NOT_FOUND]: 'NOT_FOUND',
  [common.Status.REQUEST_ENTITY_TOO_LARGE]: 'INVALID',
  [common.Status.INTERNAL_SERVER_ERROR]: 'PROTOCOL',
  [common.Status.NOT_IMPLEMENTED]: 'INVALID',
  [common.Status.SERVICE_UNAVAILABLE]: 'NOT_READY',
}

/** Where the node gives no reason, as none is ever given for a refused read. */
const nextSteps: Partial<Record<FabricErrorCode, string>> = {
  INVALID:
    'Check the range asked for, our TLS certificate, and that the node’s clock and ours are not 15 minutes apart',
  NOT_READY: 'Wait until the channel has a leader, then send the same again',
  DENIED: 'Use an identity that the channel’s Readers or Writers policy accepts',
  NOT_FOUND: 'Check the channel’s name and the block number, and that the node has joined',
}

const statusNames = new Map<number, string>(Object.entries(common.Status).map(([name, value]) => [value, name]))

/** The failure that an orderer or peer reports as `common.Status` (HTTP numbers) with a text. */
export function fromFabricStatus(status: number, info: string, endpoint: Endpoint, subject: CallSubject): FabricError {
  const own = codes[status] ?? 'PROTOCOL'
  const meaning = info === '' ? undefined : meaningOf(info)
  const code = meaning?.code ?? own
  const next = meaning ? meaning.next : nextStep(own, info)
  const name = statusNames.get(status) ?? String(status)
  return new FabricError(code, `Could not ${subject.doing}: ${name}${info === '' ? '' : `, ${info}`}`, {
    node: endpoint.node,
    ...factsOf(subject),
    ...(next === undefined ? {} : { next }),
    status: name,
  })
}

function nextStep(code: FabricErrorCode, info: string): string | undefined {
  return code === 'INVALID' && info !== '' ? undefined : nextSteps[code]
}
