import type { Context } from 'fabric-contract-api'
import { Asset } from './asset.js'
import { AssetError } from './asset-error.js'

/**
 * Bytes of a flat value: JSON with its keys sorted. Endorsing peers must write the same bytes, and the order of an object's keys
 * otherwise depends on how each came to be.
 */
export function toBytes(value: object): Buffer {
  return Buffer.from(JSON.stringify(value, Object.keys(value).sort()))
}

export function fromBytes(bytes: Uint8Array): Asset {
  return Object.assign(new Asset(), JSON.parse(Buffer.from(bytes).toString()))
}

export async function findAsset(ctx: Context, id: string): Promise<Asset | undefined> {
  const bytes = await ctx.stub.getState(id)
  return bytes.length === 0 ? undefined : fromBytes(bytes)
}

/** @throws AssetError NOT_FOUND */
export async function getAsset(ctx: Context, id: string): Promise<Asset> {
  const asset = await findAsset(ctx, id)
  if (!asset) throw new AssetError('NOT_FOUND', `There is no asset ${id}.`, 'See `list` for those that exist.')
  return asset
}

/** The asset, if the caller's organization has it. @throws AssetError NOT_FOUND, NOT_YOURS */
export async function getOwnAsset(ctx: Context, id: string): Promise<Asset> {
  const asset = await getAsset(ctx, id)
  const caller = ctx.clientIdentity.getMSPID()
  if (asset.organization !== caller) {
    throw new AssetError(
      'NOT_YOURS',
      `Asset ${id} belongs to ${asset.organization}, and you are of ${caller}.`,
      `Ask ${asset.owner} to do it.`,
    )
  }
  return asset
}

export async function putAsset(ctx: Context, asset: Asset): Promise<void> {
  checkAsset(asset)
  await ctx.stub.putState(asset.id, toBytes(asset))
}

function checkAsset(asset: Asset): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(asset.id)) {
    throw new AssetError(
      'INVALID',
      `"${asset.id}" cannot be an id.`,
      'Use 1–64 letters, digits, dots, hyphens, underscores.',
    )
  }
  if (!Number.isSafeInteger(asset.value) || asset.value < 0) {
    throw new AssetError('INVALID', `${asset.value} cannot be a value.`, 'Use a whole number of at least 0.')
  }
  if (asset.owner === '') throw new AssetError('INVALID', 'The owner is empty.', 'Name one.')
}
