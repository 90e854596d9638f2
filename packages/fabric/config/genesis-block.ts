import { common } from '@hyperledger/fabric-protos'
import { blockDataHash, channelHeader, newNonce, payloadBytes, signatureHeader, transactionId } from '../codec/index.ts'
import { initialConfig } from './channel-group.ts'
import type { ChannelSpec } from './channel-spec.ts'

export interface GenesisOptions {
  /** Default: now. */
  readonly timestamp?: Date
  /** 24 bytes; default: random. */
  readonly nonce?: Uint8Array
}

const noBytes = new Uint8Array()
/** SIGNATURES, LAST_CONFIG, TRANSACTIONS_FILTER, ORDERER (unused) and COMMIT_HASH: `common.BlockMetadataIndex`. */
const metadataSlots = 5

/**
 * Block 0 of a channel, as configtxgen makes it: the same spec, time and nonce give the same bytes. Make it once and keep
 * it: the time and nonce make every other a different channel. @throws FabricError INVALID naming what Fabric would refuse.
 */
export function genesisBlock(spec: ChannelSpec, options: GenesisOptions = {}): common.Block {
  const nonce = options.nonce ?? newNonce()
  const envelope = new common.ConfigEnvelope()
  envelope.setConfig(initialConfig(spec))
  const header = channelHeader({
    type: common.HeaderType.CONFIG,
    version: 1,
    channelId: spec.channelId,
    timestamp: wholeSecond(options.timestamp ?? new Date()),
    txId: transactionId(nonce, noBytes),
  })
  const signed = new common.Envelope()
  signed.setPayload(payloadBytes(header, signatureHeader(noBytes, nonce), envelope.serializeBinary()))
  return firstBlock(signed.serializeBinary())
}

function firstBlock(envelope: Uint8Array): common.Block {
  const data = new common.BlockData()
  data.setDataList([envelope])
  const header = new common.BlockHeader()
  header.setNumber(0)
  header.setDataHash(blockDataHash([envelope]))
  const block = new common.Block()
  block.setHeader(header)
  block.setData(data)
  block.setMetadata(firstMetadata())
  return block
}

function firstMetadata(): common.BlockMetadata {
  const lastConfig = new common.LastConfig()
  lastConfig.setIndex(0)
  const ordererMetadata = new common.OrdererBlockMetadata()
  ordererMetadata.setLastConfig(lastConfig)
  const slots: Uint8Array[] = Array.from({ length: metadataSlots }, () => noBytes)
  slots[common.BlockMetadataIndex.SIGNATURES] = metadata(ordererMetadata.serializeBinary())
  slots[common.BlockMetadataIndex.LAST_CONFIG] = metadata(lastConfig.serializeBinary())
  const message = new common.BlockMetadata()
  message.setMetadataList(slots)
  return message
}

function metadata(value: Uint8Array): Uint8Array {
  const message = new common.Metadata()
  message.setValue(value)
  return message.serializeBinary()
}

/** configtxgen writes whole seconds (protoutil, `MakeChannelHeader`). */
function wholeSecond(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000)
}
