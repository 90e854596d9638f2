import { PlatformError } from '@cello/model'
import type { HostFacts, HostRecord, PageRequest } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { moment } from '../moment.ts'
import { findHost } from '../network/find.ts'
import { type PageView, pageOfList } from '../paging.ts'
import type { FabricReleaseView, UnsuitableFabric } from './fabric-catalogue.ts'

export interface HostView {
  id: string
  name: string
  driver: string
  state: 'ready' | 'unreachable'
  reason?: string | undefined
  fabricVersion?: string | undefined
  facts?: HostFacts | undefined
  portsAllotted: number
  createdAt: string
}

/** Hosts by name, each with what it has now. */
export async function listHosts(context: Context, call: Call, page: PageRequest): Promise<PageView<HostView>> {
  allow(call, 'hosts:read')
  const { items, next } = pageOfList(await context.store.hosts.list(), ({ name }) => name, page)
  return { items: await Promise.all(items.map((host) => viewHost(context, host))), next }
}

/** By id or name. @throws NOT_FOUND */
export async function getHost(context: Context, call: Call, key: string): Promise<HostView> {
  allow(call, 'hosts:read')
  return viewHost(context, await findHost(context, key))
}

/** What nodes can be started from, and what cannot be used, with the reason. @throws NOT_FOUND, HOST_UNREACHABLE */
export async function listFabric(
  context: Context,
  call: Call,
  { host, page }: { readonly host: string; readonly page: PageRequest },
): Promise<PageView<FabricReleaseView> & { unsuitable: UnsuitableFabric[] }> {
  allow(call, 'hosts:read')
  const found = await findHost(context, host)
  const [releases, unsuitable] = await Promise.all([context.fabric.list(found), context.fabric.unsuitable(found)])
  return { ...pageOfList(releases, ({ version, source }) => `${version} ${source}`, page), unsuitable }
}

async function viewHost(context: Context, host: HostRecord): Promise<HostView> {
  const ports = await context.store.hosts.ports(host.id)
  const seen = await look(context, host)
  return {
    id: host.id,
    name: host.name,
    driver: host.driver,
    ...seen,
    fabricVersion: host.fabricVersion,
    portsAllotted: ports.size,
    createdAt: moment(host.createdAt),
  }
}

async function look(context: Context, host: HostRecord): Promise<Pick<HostView, 'state' | 'reason' | 'facts'>> {
  try {
    const driver = await context.driver(host)
    return { state: 'ready', facts: await driver.facts() }
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error
    return { state: 'unreachable', reason: error.message }
  }
}
