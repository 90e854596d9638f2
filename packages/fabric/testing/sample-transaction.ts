/** For tests only: a block with an endorsed transaction in which every field is set, made from the protobuf classes. */
import { common, ledger, peer } from '@hyperledger/fabric-protos'
import {
  blockDataHash,
  channelHeader,
  payloadBytes,
  serializedIdentity,
  signatureHeader,
  transactionId,
  utf8,
} from '../codec/index.ts'

const { rwset } = ledger
const { kvrwset } = rwset
const creator = serializedIdentity({ mspId: 'Org1MSP', certificate: 'CERTIFICATE <&>\n' })
const nonce = new Uint8Array(24).fill(7)

/** A message that `fill` has set, for nesting. */
function filled<Message>(message: Message, fill: (message: Message) => void): Message {
  fill(message)
  return message
}

const chaincodeId = filled(new peer.ChaincodeID(), (it) => {
  it.setName('assets')
  it.setPath('path')
  it.setVersion('1.0')
})
const version = filled(new kvrwset.Version(), (it) => {
  it.setBlockNum(5)
  it.setTxNum(2)
})
const read = (key: string, isFound: boolean) =>
  filled(new kvrwset.KVRead(), (it) => {
    it.setKey(key)
    if (isFound) it.setVersion(version)
  })
const entry = filled(new kvrwset.KVMetadataEntry(), (it) => {
  it.setName('VALIDATION_PARAMETER')
  it.setValue(utf8('policy'))
})

function rawQuery() {
  return filled(new kvrwset.RangeQueryInfo(), (it) => {
    it.setStartKey('a')
    it.setEndKey('z')
    it.setItrExhausted(true)
    it.setRawReads(filled(new kvrwset.QueryReads(), (reads) => reads.addKvReads(read('b', true))))
  })
}

function hashedQuery() {
  return filled(new kvrwset.RangeQueryInfo(), (it) =>
    it.setReadsMerkleHashes(
      filled(new kvrwset.QueryReadsMerkleSummary(), (hashes) => {
        hashes.setMaxDegree(50)
        hashes.setMaxLevel(1)
        hashes.setMaxLevelHashesList([utf8('hash'), new Uint8Array()])
      }),
    ),
  )
}

function readWriteSet(): Uint8Array {
  const keys = filled(new kvrwset.KVRWSet(), (it) => {
    it.setReadsList([read('found', true), read('absent', false)])
    it.setRangeQueriesInfoList([rawQuery(), hashedQuery()])
    it.addWrites(filled(new kvrwset.KVWrite(), (write) => write.setKey('k')))
    it.addWrites(filled(new kvrwset.KVWrite(), (write) => write.setIsDelete(true)))
    it.addMetadataWrites(filled(new kvrwset.KVMetadataWrite(), (write) => write.addEntries(entry)))
  })
  const collection = filled(new rwset.CollectionHashedReadWriteSet(), (it) => {
    it.setCollectionName('private')
    it.setHashedRwset(new kvrwset.HashedRWSet().serializeBinary())
    it.setPvtRwsetHash(utf8('hash'))
  })
  const full = filled(new rwset.NsReadWriteSet(), (it) => {
    it.setNamespace('assets')
    it.setRwset(keys.serializeBinary())
    it.addCollectionHashedRwset(collection)
  })
  return filled(new rwset.TxReadWriteSet(), (it) =>
    it.setNsRwsetList([full, new rwset.NsReadWriteSet()]),
  ).serializeBinary()
}

function proposalResponse(): Uint8Array {
  const event = filled(new peer.ChaincodeEvent(), (it) => {
    it.setChaincodeId('assets')
    it.setEventName('created')
    it.setPayload(utf8('{}'))
  })
  const action = filled(new peer.ChaincodeAction(), (it) => {
    it.setResults(readWriteSet())
    it.setEvents(event.serializeBinary())
    it.setChaincodeId(chaincodeId)
    it.setResponse(filled(new peer.Response(), (response) => response.setStatus(200)))
  })
  return filled(new peer.ProposalResponsePayload(), (it) => {
    it.setProposalHash(utf8('proposal hash'))
    it.setExtension$(action.serializeBinary())
  }).serializeBinary()
}

function proposal(): Uint8Array {
  const input = filled(new peer.ChaincodeInput(), (it) => {
    it.setArgsList([utf8('create'), new Uint8Array()])
    it.getDecorationsMap().set('b', utf8('2')).set('a', utf8('1'))
    it.setIsInit(true)
  })
  const spec = filled(new peer.ChaincodeSpec(), (it) => {
    it.setType(peer.ChaincodeSpec.Type.NODE)
    it.setChaincodeId(chaincodeId)
    it.setInput(input)
    it.setTimeout(-1)
  })
  const invocation = filled(new peer.ChaincodeInvocationSpec(), (it) => it.setChaincodeSpec(spec))
  return filled(new peer.ChaincodeProposalPayload(), (it) =>
    it.setInput(invocation.serializeBinary()),
  ).serializeBinary()
}

function transaction(): Uint8Array {
  const endorsement = filled(new peer.Endorsement(), (it) => {
    it.setEndorser(creator)
    it.setSignature(utf8('signature'))
  })
  const endorsed = filled(new peer.ChaincodeEndorsedAction(), (it) => {
    it.setProposalResponsePayload(proposalResponse())
    it.setEndorsementsList([endorsement])
  })
  const payload = filled(new peer.ChaincodeActionPayload(), (it) => {
    it.setChaincodeProposalPayload(proposal())
    it.setAction(endorsed)
  })
  const action = filled(new peer.TransactionAction(), (it) => {
    it.setHeader(signatureHeader(creator, nonce).serializeBinary())
    it.setPayload(payload.serializeBinary())
  })
  return filled(new peer.Transaction(), (it) => it.addActions(action)).serializeBinary()
}

/** Block 5 of channel `channel`, with that one transaction. */
export function transactionBlock(): common.Block {
  const header = channelHeader({
    type: common.HeaderType.ENDORSER_TRANSACTION,
    channelId: 'channel',
    timestamp: new Date(1_700_000_000_120),
    txId: transactionId(nonce, creator),
    extension: filled(new peer.ChaincodeHeaderExtension(), (it) => it.setChaincodeId(chaincodeId)).serializeBinary(),
    tlsCertHash: utf8('hash'),
  })
  const envelope = filled(new common.Envelope(), (it) => {
    it.setPayload(payloadBytes(header, signatureHeader(creator, nonce), transaction()))
    it.setSignature(utf8('signature'))
  })
  const data = [envelope.serializeBinary()]
  const blockHeader = filled(new common.BlockHeader(), (it) => {
    it.setNumber(5)
    it.setPreviousHash(utf8('previous'))
    it.setDataHash(blockDataHash(data))
  })
  return filled(new common.Block(), (it) => {
    it.setHeader(blockHeader)
    it.setData(filled(new common.BlockData(), (block) => block.setDataList(data)))
    it.setMetadata(filled(new common.BlockMetadata(), (slots) => slots.setMetadataList([new Uint8Array(), utf8('x')])))
  })
}
