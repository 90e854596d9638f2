import { FabricError } from '../../errors.ts'

/** A protobuf timestamp. */
export interface TimestampParts {
  /** Seconds since 1970, may be negative. */
  readonly seconds: bigint
  /** 0 to 999,999,999. */
  readonly nanos: number
}

const textPattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/

/** 0001-01-01T00:00:00Z, and the second after 9999: protobuf JSON has no text for what lies outside. */
const firstSecond = -62_135_596_800n
const endSecond = 253_402_300_800n

/**
 * RFC 3339 in UTC with 0, 3, 6 or 9 digits of a second, as protobuf JSON has it.
 * @throws FabricError PROTOCOL for a time that has no such text: anybody may have written any number
 */
export function formatTimestamp({ seconds, nanos }: TimestampParts): string {
  if (seconds < firstSecond || seconds >= endSecond || nanos < 0 || nanos > 999_999_999) {
    throw new FabricError('PROTOCOL', `A timestamp of ${seconds} s and ${nanos} ns has no date`)
  }
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  const digits = String(nanos)
    .padStart(9, '0')
    .replace(/(000){1,3}$/, '')
  return `${whole}${digits === '' ? '' : `.${digits}`}Z`
}

/** The reverse, any offset. @throws FabricError INVALID. */
export function parseTimestamp(text: string): TimestampParts {
  const [, whole = '', fraction = '', zone = ''] = textPattern.exec(text) ?? []
  const ms = Date.parse(`${whole}${zone}`)
  if (Number.isNaN(ms)) throw new FabricError('INVALID', `'${text}' is not a timestamp`)
  return { seconds: BigInt(ms / 1000), nanos: Number(fraction.padEnd(9, '0')) }
}
