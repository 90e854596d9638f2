import { Context, Contract, Info, Returns, Transaction } from 'fabric-contract-api'
import type { Asset, AssetPage, AssetVersion } from './asset.js'
import { AssetError } from './asset-error.js'
import { findAsset, fromBytes, getAsset, getOwnAsset, putAsset, toBytes } from './asset-state.js'

/** The most that `list` gives at once. */
const maxPageSize = 100

@Info({
  title: 'Assets',
  description: 'Things that organizations own and hand on.',
})
export class AssetsContract extends Contract {
  constructor() {
    super('assets')
  }

  /** Makes an asset that the caller's organization has. */
  @Transaction()
  @Returns('Asset')
  async create(ctx: Context, id: string, description: string, value: number, owner: string): Promise<Asset> {
    if (await findAsset(ctx, id)) {
      throw new AssetError('ALREADY_EXISTS', `There is an asset ${id} already.`, 'Pick another id, or `update` it.')
    }
    const organization = ctx.clientIdentity.getMSPID()
    const asset: Asset = { id, description, value, owner, organization }
    await putAsset(ctx, asset)
    ctx.stub.setEvent('AssetCreated', toBytes(asset))
    return asset
  }

  @Transaction(false)
  @Returns('Asset')
  async read(ctx: Context, id: string): Promise<Asset> {
    return getAsset(ctx, id)
  }

  /** Changes what it is and what it is worth; only the organization that has it may. */
  @Transaction()
  @Returns('Asset')
  async update(ctx: Context, id: string, description: string, value: number): Promise<Asset> {
    const asset: Asset = {
      ...(await getOwnAsset(ctx, id)),
      description,
      value,
    }
    await putAsset(ctx, asset)
    ctx.stub.setEvent('AssetUpdated', toBytes(asset))
    return asset
  }

  /** Hands it to somebody, of the organization with this MSP id; only the organization that has it may. */
  @Transaction()
  @Returns('Asset')
  async transfer(ctx: Context, id: string, owner: string, organization: string): Promise<Asset> {
    const before = await getOwnAsset(ctx, id)
    const asset: Asset = { ...before, owner, organization }
    await putAsset(ctx, asset)
    ctx.stub.setEvent('AssetTransferred', toBytes({ id, from: before.owner, to: owner, organization }))
    return asset
  }

  /** Deletes it; its history stays. Only the organization that has it may. */
  @Transaction()
  async remove(ctx: Context, id: string): Promise<void> {
    await getOwnAsset(ctx, id)
    await ctx.stub.deleteState(id)
    ctx.stub.setEvent('AssetRemoved', toBytes({ id }))
  }

  /** Assets by id, `pageSize` at a time (1–100). `bookmark` is empty at first, then `next` of the page before. */
  @Transaction(false)
  @Returns('AssetPage')
  async list(ctx: Context, pageSize: number, bookmark: string): Promise<AssetPage> {
    if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > maxPageSize) {
      throw new AssetError('INVALID', `${pageSize} cannot be a page size.`, `Use 1–${maxPageSize}.`)
    }
    const page = ctx.stub.getStateByRangeWithPagination('', '', pageSize, bookmark)
    const assets: Asset[] = []
    for await (const { value } of page) assets.push(fromBytes(value))
    const { metadata } = await page
    return { assets, next: metadata.bookmark }
  }

  /** Every version of it, newest first, also of one that was removed. */
  @Transaction(false)
  @Returns('AssetVersion[]')
  async history(ctx: Context, id: string): Promise<AssetVersion[]> {
    const versions: AssetVersion[] = []
    for await (const { txId, timestamp, isDelete, value } of ctx.stub.getHistoryForKey(id)) {
      const at = new Date(Number(timestamp.seconds) * 1000 + timestamp.nanos / 1e6).toISOString()
      versions.push({
        txId,
        at,
        deleted: isDelete,
        ...(isDelete ? {} : { asset: fromBytes(value) }),
      })
    }
    if (versions.length === 0) throw new AssetError('NOT_FOUND', `There never was an asset ${id}.`, 'See `list`.')
    return versions
  }
}
