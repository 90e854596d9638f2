import { PlatformError } from '@cello/model'
import type { PackageRecord, PageRequest } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { moment } from '../moment.ts'
import type { PageView } from '../paging.ts'

export interface PackageView {
  digest: string
  name: string
  version: string
  language: 'node'
  bytes: number
  createdAt: string
}

/** Uploaded contracts, newest first. */
export async function listPackages(context: Context, call: Call, page: PageRequest): Promise<PageView<PackageView>> {
  allow(call, 'packages:read')
  const { items, next } = await context.store.packages.list(page)
  return { items: items.map(viewPackage), next }
}

/** @throws NOT_FOUND */
export async function getPackage(context: Context, call: Call, digest: string): Promise<PackageView> {
  allow(call, 'packages:read')
  const found = await context.store.packages.get(digest)
  if (!found) throw new PlatformError('NOT_FOUND', { noun: 'package', id: digest })
  return viewPackage(found)
}

/** Builds an uploaded tar.gz and keeps what came of it; the same folder gives the same digest and is kept once. @throws PACKAGE_INVALID, BUILD_FAILED, BUILD_NEEDS_NETWORK, ARCHIVE_REFUSED */
export async function uploadPackage(
  context: Context,
  call: Call,
  upload: { readonly archive: Uint8Array; readonly name?: string | undefined; readonly version?: string | undefined },
): Promise<PackageView> {
  allow(call, 'packages:write')
  const { archive, name, version } = upload
  const built = await context.contracts.build(archive, { name, version, signal: call.signal })
  return viewPackage(await context.store.packages.keep(built))
}

function viewPackage(record: PackageRecord): PackageView {
  const { digest, name, version, language, bytes, createdAt } = record
  return { digest, name, version, language, bytes, createdAt: moment(createdAt) }
}
