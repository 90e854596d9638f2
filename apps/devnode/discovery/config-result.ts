/** What discovery tells of a channel's config: organizations, and where their orderers are. */
import { decode } from '@cello/fabric/codec'
import { common, discovery, msp } from '@hyperledger/fabric-protos'
import type { ChannelConfig } from '../config/channel-config.ts'

export interface OrdererPlace {
  readonly host: string
  readonly port: number
}

/** Orderers by MSP id: each organization's own or, where none has any, those of the channel for each of them. */
export function ordererPlaces({
  config,
  organizations,
  orderer,
}: ChannelConfig): ReadonlyMap<string, readonly OrdererPlace[]> {
  const own = new Map<string, readonly string[]>()
  for (const [place, { mspId }] of organizations) {
    const [section, name = ''] = place.split('/')
    if (section === 'Orderer') own.set(mspId, orderer.endpoints.get(name) ?? [])
  }
  const hasOwn = [...own.values()].some((addresses) => addresses.length > 0)
  const value = config.getChannelGroup()?.getValuesMap().get('OrdererAddresses')?.getValue_asU8() ?? new Uint8Array()
  const shared = decode(common.OrdererAddresses, value).getAddressesList()
  return new Map([...own].map(([mspId, addresses]) => [mspId, (hasOwn ? addresses : shared).flatMap(placeOf)]))
}

/** `host:port`; what is no such thing is left out. */
function placeOf(address: string): OrdererPlace[] {
  const at = address.lastIndexOf(':')
  const port = Number(address.slice(at + 1))
  const host = address.slice(0, Math.max(at, 0)).replace(/^\[(.*)\]$/, '$1')
  return at < 0 || !/^\d+$/.test(address.slice(at + 1)) ? [] : [{ host, port }]
}

export function configResult(config: ChannelConfig): discovery.ConfigResult {
  const result = new discovery.ConfigResult()
  for (const [mspId, places] of ordererPlaces(config)) {
    const endpoints = new discovery.Endpoints()
    for (const { host, port } of places) {
      const endpoint = new discovery.Endpoint()
      endpoint.setHost(host)
      endpoint.setPort(port)
      endpoints.addEndpoint(endpoint)
    }
    result.getOrderersMap().set(mspId, endpoints)
  }
  const groups = config.config.getChannelGroup()?.getGroupsMap()
  for (const section of ['Orderer', 'Application']) {
    for (const [, organization] of groups?.get(section)?.getGroupsMap().entries() ?? []) addMsp(result, organization)
  }
  return result
}

/** An organization may be in both sections. */
function addMsp(result: discovery.ConfigResult, organization: common.ConfigGroup): void {
  const value = organization.getValuesMap().get('MSP')?.getValue_asU8() ?? new Uint8Array()
  const own = decode(msp.FabricMSPConfig, decode(msp.MSPConfig, value).getConfig_asU8())
  if (!result.getMspsMap().has(own.getName())) result.getMspsMap().set(own.getName(), own)
}
