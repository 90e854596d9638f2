import { peer } from '@hyperledger/fabric-protos'

/** A value of `peer.TxValidationCode`. */
export type Code = peer.TxValidationCodeMap[keyof peer.TxValidationCodeMap]

/** A transaction that is written into its block and changes nothing. */
export class Invalid extends Error {
  readonly code: Code

  constructor(code: keyof peer.TxValidationCodeMap, reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.code = peer.TxValidationCode[code]
  }
}

const names = new Map<number, string>(Object.entries(peer.TxValidationCode).map(([name, code]) => [Number(code), name]))

/** Fabric's name of a code. */
export const codeName = (code: number): string => names.get(code) ?? String(code)

/** Runs `read`; where it fails the transaction is invalid with this code. */
export function orInvalid<T>(code: keyof peer.TxValidationCodeMap, reason: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Invalid) throw error
    const cause = error instanceof Error ? error.message : String(error)
    throw new Invalid(code, reason === '' ? cause : `${reason}: ${cause}`, { cause: error })
  }
}
