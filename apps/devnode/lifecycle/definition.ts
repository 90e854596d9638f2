import type { peer } from '@hyperledger/fabric-protos'

/** A committed contract definition, as `_lifecycle` keeps it in the state. */
export interface ContractDefinition {
  readonly name: string
  readonly sequence: number
  readonly version: string
  readonly endorsementPlugin: string
  readonly validationPlugin: string
  /** Encoded `peer.ApplicationPolicy`. */
  readonly validationParameter: Uint8Array
  readonly initRequired: boolean
  readonly collections: readonly peer.StaticCollectionConfig[]
}
