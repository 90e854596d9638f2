import { concatBytes, sha256 } from './bytes.ts'

/** The three fields of a block header that its hash covers. */
export interface BlockHeaderFields {
  readonly number: bigint
  /** Empty for block 0, else 32 bytes. */
  readonly previousHash: Uint8Array
  /** 32 bytes. */
  readonly dataHash: Uint8Array
}

const derInteger = 0x02
const derOctetString = 0x04
const derSequence = 0x30

/**
 * DER of `SEQUENCE { INTEGER number, OCTET STRING previousHash, OCTET STRING dataHash }`, which is what Fabric hashes and
 * what orderers sign (protoutil, `BlockHeaderBytes`). @throws RangeError if the number is negative.
 */
export function blockHeaderBytes(header: BlockHeaderFields): Uint8Array {
  return derElement(
    derSequence,
    concatBytes(
      derElement(derInteger, derUnsigned(header.number)),
      derElement(derOctetString, header.previousHash),
      derElement(derOctetString, header.dataHash),
    ),
  )
}

/** SHA-256 of the header's DER: the next block's `previous_hash`. */
export function blockHeaderHash(header: BlockHeaderFields): Uint8Array {
  return sha256(blockHeaderBytes(header))
}

/** SHA-256 over the block's envelopes one after the other, without lengths (Fabric's Merkle width is unbounded). */
export function blockDataHash(data: readonly Uint8Array[]): Uint8Array {
  return sha256(concatBytes(...data))
}

function derElement(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content
  const lengthBytes = length < 0x80 ? [length] : withCount(bigEndian(BigInt(length)))
  return concatBytes(Uint8Array.from([tag, ...lengthBytes]), content)
}

function withCount(lengthBytes: number[]): number[] {
  return [0x80 | lengthBytes.length, ...lengthBytes]
}

function derUnsigned(value: bigint): Uint8Array {
  if (value < 0n) throw new RangeError('a block number is never negative')
  const bytes = bigEndian(value)
  // DER integers are signed: a leading one bit would read as negative.
  return Uint8Array.from((bytes[0] ?? 0) & 0x80 ? [0, ...bytes] : bytes)
}

function bigEndian(value: bigint): number[] {
  const hex = value.toString(16)
  return [...Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')]
}
