import { decode } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'
import type { ChannelConfig } from '../config/channel-config.ts'
import { tlsRootsOf } from '../neighbours/connections.ts'

/** Where an orderer of a channel is reached. */
export interface OrdererEndpoint {
  /** `host:port` */
  readonly address: string
  /** PEM of the authorities to trust there. */
  readonly roots: readonly string[]
}

/** `peer.deliveryclient.addressOverrides`: this peer reaches an orderer elsewhere than the channel says. */
export interface OrdererOverride {
  readonly from: string
  readonly to: string
  /** PEM; absent: those that the channel names for the address. */
  readonly roots?: readonly string[]
}

/** The orderers of a config: by organization or, where no organization names any, the channel's own list. */
export function ordererEndpoints(
  config: ChannelConfig,
  overrides: readonly OrdererOverride[] = [],
): readonly OrdererEndpoint[] {
  const byOrganization = [...config.orderer.endpoints].flatMap(([name, addresses]) => {
    const roots = tlsRootsOf(config.organizations.get(`Orderer/${name}`))
    return addresses.map((address) => ({ address, roots }))
  })
  const endpoints = byOrganization.length > 0 ? byOrganization : listed(config)
  return endpoints.map((endpoint) => {
    const override = overrideFor(endpoint.address, overrides)
    return override ? { address: override.to, roots: override.roots ?? endpoint.roots } : endpoint
  })
}

/** As in Fabric, the last of several for one address. */
export function overrideFor(address: string, overrides: readonly OrdererOverride[]): OrdererOverride | undefined {
  return overrides.findLast(({ from }) => from === address)
}

function listed({ config, organizations }: ChannelConfig): OrdererEndpoint[] {
  const value = config.getChannelGroup()?.getValuesMap().get('OrdererAddresses')?.getValue_asU8()
  const addresses = value ? decode(common.OrdererAddresses, value).getAddressesList() : []
  const orderers = [...organizations].filter(([place]) => place.startsWith('Orderer/'))
  const roots = orderers.flatMap(([, membership]) => tlsRootsOf(membership))
  return addresses.map((address) => ({ address, roots }))
}

/** Whether these are the same orderers with the same authorities. */
export const sameEndpoints = (a: readonly OrdererEndpoint[], b: readonly OrdererEndpoint[]): boolean =>
  JSON.stringify(a) === JSON.stringify(b)
