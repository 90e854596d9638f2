import { channelRoutes } from './channel.ts'
import { connectionRoutes } from './connection.ts'
import { contractRoutes } from './contract.ts'
import { hostRoutes } from './host.ts'
import { identityRoutes } from './identity.ts'
import { networkRoutes } from './network.ts'
import { nodeRoutes } from './node.ts'
import { operationRoutes } from './operation.ts'
import { packageRoutes } from './package.ts'
import type { RouteDefinition } from './route.ts'
import { systemRoutes } from './system.ts'
import { transactionRoutes } from './transaction.ts'

/** The whole API by noun: what is not in here is not served. */
export const routes = {
  hosts: hostRoutes,
  networks: networkRoutes,
  nodes: nodeRoutes,
  channels: channelRoutes,
  contracts: contractRoutes,
  transactions: transactionRoutes,
  identities: identityRoutes,
  connection: connectionRoutes,
  packages: packageRoutes,
  operations: operationRoutes,
  system: systemRoutes,
} as const
export type Routes = typeof routes

/** Every route with its name, such as `networks.create`. */
export function allRoutes(): { readonly name: string; readonly noun: string; readonly route: RouteDefinition }[] {
  return Object.entries(routes).flatMap(([noun, group]) =>
    Object.entries<RouteDefinition>(group).map(([verb, route]) => ({ name: `${noun}.${verb}`, noun, route })),
  )
}
