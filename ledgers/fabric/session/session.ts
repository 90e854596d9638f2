import type { LedgerAccess, LedgerNetwork, LedgerSession } from '@cello/ports'
import { block, chain, observeChannel, transaction } from './channels.ts'
import { Connections } from './connections.ts'
import { observeContractNode } from './contract-node.ts'
import { observeContracts, prepareApproval, prepareCommit } from './contracts.ts'
import {
  installPackage,
  joinOrderer,
  joinPeer,
  leaveOrderer,
  observeDiscovery,
  observeHeight,
  observeOrderer,
  observePeer,
} from './nodes.ts'
import { trace } from './trace.ts'
import { findTransaction, prepareInvoke, query, submit } from './transactions.ts'
import { updateChannel } from './update-channel.ts'

export function openSession(network: LedgerNetwork, access: LedgerAccess): LedgerSession {
  const connections = new Connections(network, access)
  return {
    setNetwork: (changed) => {
      connections.network = changed
    },
    observeOrderer: (nodeId, options) => observeOrderer(connections, nodeId, options),
    observePeer: (nodeId, options) => observePeer(connections, nodeId, options),
    observeHeight: (nodeId, channel, options) => observeHeight(connections, nodeId, channel, options),
    observeContractNode: (nodeId, options) => observeContractNode(connections, nodeId, options),
    observeChannel: (channel, options) => observeChannel(connections, channel, options),
    observeContracts: (channel, names, options) => observeContracts(connections, channel, names, options),
    observeDiscovery: (channel, options) => observeDiscovery(connections, channel, options),
    joinOrderer: (nodeId, _channel, genesis, options) => joinOrderer(connections, nodeId, genesis, options),
    leaveOrderer: (nodeId, channel, options) => leaveOrderer(connections, nodeId, channel, options),
    joinPeer: (nodeId, _channel, genesis, options) => joinPeer(connections, nodeId, genesis, options),
    updateChannel: (channel, options) => updateChannel(connections, channel, options),
    installPackage: (nodeId, made, options) => installPackage(connections, nodeId, made, options),
    prepareApproval: (request, options) => prepareApproval(connections, request, options),
    prepareCommit: (request, options) => prepareCommit(connections, request, options),
    prepareInvoke: (request, options) => prepareInvoke(connections, request, options),
    submit: (prepared, options) => submit(connections, prepared, options),
    findTransaction: (channel, txId, options) => findTransaction(connections, channel, txId, options),
    query: (request, options) => query(connections, request, options),
    chain: (channel, options) => chain(connections, channel, options),
    block: (channel, number, options) => block(connections, channel, number, options),
    transaction: (channel, txId, options) => transaction(connections, channel, txId, options),
    trace: (channel, txId, options) => trace(connections, channel, txId, options),
    [Symbol.asyncDispose]: () => connections[Symbol.asyncDispose](),
  }
}
