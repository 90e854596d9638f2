import { Object as DataType, Property } from 'fabric-contract-api'

/*
 * Each property states its type, even where its value shows it: the contract's metadata is made from what is written.
 */

/** A thing and who has it. */
@DataType()
export class Asset {
  @Property()
  id: string = ''

  /** What it is, in the owner's words. */
  @Property()
  description: string = ''

  /** In the smallest unit of the currency: a whole number, because two peers must get the same bytes. */
  @Property()
  value: number = 0

  @Property()
  owner: string = ''

  /** MSP id of the organization whose members may change it and hand it on. */
  @Property()
  organization: string = ''
}

/** A part of the list. */
@DataType()
export class AssetPage {
  @Property('assets', 'Asset[]')
  assets: Asset[] = []

  /** Give it to `list` for the next part; empty at the end. */
  @Property()
  next: string = ''
}

/** What an asset was after one transaction. */
@DataType()
export class AssetVersion {
  @Property()
  txId: string = ''

  /** RFC 3339, UTC; as the client that sent the transaction claimed. */
  @Property()
  at: string = ''

  @Property()
  deleted: boolean = false

  /** Absent where it was deleted. */
  @Property('asset', 'Asset')
  asset?: Asset
}
