import type { Routes } from '@cello/api'
import type { HandlersOf } from '../handler.ts'
import { channelHandlers } from './channels.ts'
import { contractHandlers } from './contracts.ts'
import { hostHandlers } from './hosts.ts'
import { connectionHandlers, identityHandlers, transactionHandlers } from './ledger-users.ts'
import { networkHandlers } from './networks.ts'
import { nodeHandlers } from './nodes.ts'
import { operationHandlers } from './operations.ts'
import { packageHandlers } from './packages.ts'
import { type SystemParts, systemHandlers } from './system.ts'

/** A handler for every route of packages/api. */
export function allHandlers(parts: SystemParts): { readonly [Noun in keyof Routes]: HandlersOf<Noun> } {
  return {
    hosts: hostHandlers,
    networks: networkHandlers,
    nodes: nodeHandlers,
    channels: channelHandlers,
    contracts: contractHandlers,
    transactions: transactionHandlers,
    identities: identityHandlers,
    connection: connectionHandlers,
    packages: packageHandlers,
    operations: operationHandlers,
    system: systemHandlers(parts),
  }
}
