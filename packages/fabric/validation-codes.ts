import { peer } from '@hyperledger/fabric-protos'

/** A peer's verdict on a transaction, as `peer.TxValidationCode` names it. */
export type ValidationCode = keyof typeof peer.TxValidationCode | `UNKNOWN_${number}`

const names = new Map<number, string>(Object.entries(peer.TxValidationCode).map(([name, value]) => [value, name]))

/** The name of a verdict; a number that this schema lacks keeps it: `UNKNOWN_77`. */
export function validationCodeName(code: number): ValidationCode {
  const name = names.get(code)
  return isKnown(name) ? name : `UNKNOWN_${code}`
}

function isKnown(name: string | undefined): name is keyof typeof peer.TxValidationCode {
  return name !== undefined
}
