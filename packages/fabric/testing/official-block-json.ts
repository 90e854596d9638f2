/** For tests only: what our description must hold, read from the JSON that Fabric's `configtxlator` makes of a block. */
import { X509Certificate } from 'node:crypto'
import { msp } from '@hyperledger/fabric-protos'
import { bytesText } from '../blocks/bytes-text.ts'
import { validationCodeName } from '../validation-codes.ts'

type Node = unknown

function at(node: Node, ...path: readonly (string | number)[]): Node {
  return path.reduce<Node>(
    (one, key) => (typeof one === 'object' && one !== null ? Reflect.get(one, key) : undefined),
    node,
  )
}

const list = (node: Node): readonly Node[] => (Array.isArray(node) ? node : [])
const text = (node: Node): string => (typeof node === 'string' ? node : '')
const bytes = (node: Node): Buffer => Buffer.from(text(node), 'base64')
const hex = (node: Node): string => bytes(node).toString('hex')

/** The part of `BlockRecord` that the official JSON has. */
export function expectedBlock(official: Node): object {
  const header = at(official, 'header')
  const verdicts = bytes(at(official, 'metadata', 'metadata', 2))
  return {
    number: Number(at(header, 'number')),
    previousHash: hex(at(header, 'previous_hash')),
    dataHash: hex(at(header, 'data_hash')),
    transactions: list(at(official, 'data', 'data')).map((envelope, index) =>
      expectedTransaction(at(envelope, 'payload'), verdicts[index]),
    ),
  }
}

function expectedTransaction(payload: Node, verdict: number | undefined): object {
  const header = at(payload, 'header', 'channel_header')
  const creator = at(payload, 'header', 'signature_header', 'creator')
  const head = {
    transactionId: text(at(header, 'tx_id')),
    channel: text(at(header, 'channel_id')),
    createdAt: new Date(text(at(header, 'timestamp'))).toISOString(),
    ...(text(at(creator, 'mspid')) === '' ? {} : { creator: expectedIdentity(creator) }),
    ...(verdict === undefined ? {} : { validationCode: validationCodeName(verdict) }),
  }
  if (at(header, 'type') === 1) {
    const sequence = Number(at(payload, 'data', 'config', 'sequence'))
    return { ...head, kind: 'config', config: { sequence } }
  }
  return { ...head, kind: 'contract', actions: list(at(payload, 'data', 'actions')).map(expectedAction) }
}

function expectedIdentity(identity: Node): object {
  return identityRecord(text(at(identity, 'mspid')), bytes(at(identity, 'id_bytes')))
}

/** configtxlator leaves endorsers encoded. */
function expectedEndorser(endorser: Node): object {
  const identity = msp.SerializedIdentity.deserializeBinary(bytes(endorser))
  return identityRecord(identity.getMspid(), identity.getIdBytes_asU8())
}

function identityRecord(mspId: string, pem: Uint8Array): object {
  const certificate = new X509Certificate(pem)
  return { mspId, fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase() }
}

function expectedAction(action: Node): object {
  const extension = at(action, 'payload', 'action', 'proposal_response_payload', 'extension')
  const input = at(action, 'payload', 'chaincode_proposal_payload', 'input', 'chaincode_spec', 'input')
  const event = at(extension, 'events')
  return {
    contract: text(at(extension, 'chaincode_id', 'name')),
    version: text(at(extension, 'chaincode_id', 'version')),
    isInit: at(input, 'is_init'),
    args: list(at(input, 'args')).map((one) => bytesText(bytes(one))),
    response: {
      status: at(extension, 'response', 'status'),
      message: at(extension, 'response', 'message'),
      payload: bytesText(bytes(at(extension, 'response', 'payload'))),
    },
    ...(text(at(event, 'event_name')) === ''
      ? {}
      : { event: { name: at(event, 'event_name'), payload: bytesText(bytes(at(event, 'payload'))) } }),
    endorsers: list(at(action, 'payload', 'action', 'endorsements')).map((one) =>
      expectedEndorser(at(one, 'endorser')),
    ),
    access: list(at(extension, 'results', 'ns_rwset')).map(expectedAccess),
  }
}

function expectedAccess(access: Node): object {
  const set = at(access, 'rwset')
  return {
    namespace: at(access, 'namespace'),
    reads: list(at(set, 'reads')).map(expectedRead),
    rangeReads: list(at(set, 'range_queries_info')).map((range) => ({
      startKey: at(range, 'start_key'),
      endKey: at(range, 'end_key'),
      exhausted: at(range, 'itr_exhausted'),
      reads: list(at(range, 'raw_reads', 'kv_reads')).map(expectedRead),
    })),
    writes: list(at(set, 'writes')).map((write) =>
      at(write, 'is_delete')
        ? { key: at(write, 'key'), deleted: true }
        : { key: at(write, 'key'), value: bytesText(bytes(at(write, 'value'))) },
    ),
    // configtxlator leaves the hashed sets encoded: block.test.ts says what is in the recorded one.
    collections: list(at(access, 'collection_hashed_rwset')).map((collection) => ({
      collection: at(collection, 'collection_name'),
      privateHash: hex(at(collection, 'pvt_rwset_hash')),
    })),
  }
}

function expectedRead(read: Node): object {
  const version = at(read, 'version')
  const known = typeof version === 'object' && version !== null
  return {
    key: at(read, 'key'),
    version: known ? { block: Number(at(version, 'block_num')), transaction: Number(at(version, 'tx_num')) } : null,
  }
}
