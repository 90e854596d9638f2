import { newId } from '@cello/kit'
import { type HostRequest, PlatformError, workKey } from '@cello/model'
import type { HostRecord } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { findHost } from '../network/find.ts'
import { knownOperation } from '../operation/record.ts'
import { type OperationView, viewOperation } from '../operation/view.ts'
import type { FabricInstallRequest } from './fabric-catalogue.ts'

/**
 * Lets a release be brought into the host's cache. Who asks for what is under way is told of that operation; another source of
 * the same version takes the place of the one before. @throws NOT_FOUND, INVALID_REQUEST, DIGEST_UNKNOWN,
 * FABRIC_DOWNLOAD_FAILED (the digest could not be asked for), ARCHIVE_UNREADABLE, ARCHIVE_REFUSED, FOLDER_NOT_WRITABLE,
 * UNSUPPORTED
 */
export async function installFabric(
  context: Context,
  call: Call,
  wanted: FabricInstallRequest & { readonly host: string },
): Promise<OperationView> {
  allow(call, 'hosts:write')
  const known = await knownOperation(context, call)
  if (known) return known
  const { host: key, ...rest } = wanted
  const host = await findHost(context, key)
  return begin(context, call, host, await context.fabric.prepare(host, rest, { signal: call.signal }))
}

/** Chooses what new networks on the host get; those there are stay as they are. @throws NOT_FOUND, FABRIC_NOT_FOUND */
export async function useFabric(
  context: Context,
  call: Call,
  { host: key, version }: { readonly host: string; readonly version: string },
): Promise<OperationView> {
  allow(call, 'hosts:write')
  const known = await knownOperation(context, call)
  if (known) return known
  const host = await findHost(context, key)
  const found = await context.fabric.list(host)
  if (!found.some((release) => release.version === version)) {
    throw new PlatformError('FABRIC_NOT_FOUND', { version, host: host.name })
  }
  return begin(context, call, host, { kind: 'use-fabric', version })
}

async function begin(context: Context, call: Call, host: HostRecord, request: HostRequest): Promise<OperationView> {
  const { store, clock } = context
  const at = clock.now()
  const { operation, superseded } = await store.operations.beginOnHost(host.id, {
    id: call.commandId ?? newId(at),
    kind: request.kind,
    actor: call.actor.name,
    at,
    request,
  })
  for (const id of superseded) context.stopSteps(id)
  context.wake(workKey(operation))
  return viewOperation(operation)
}
