import { isNetworkStep, type NetworkStepKind, type StepKind } from '@cello/model'
import type { Action } from './action.ts'
import { awaitNodes, awaitReady } from './await-ready.ts'
import { joinOrderer, joinPeer, leaveOrderer, updateChannel } from './channels.ts'
import { approveContract, commitContract, installPackage } from './contracts.ts'
import { forgetNetwork } from './forget-network.ts'
import { makeGenesis } from './make-genesis.ts'
import { makeIdentities } from './make-identities.ts'
import { ensureNode, removeNode, stopNode } from './nodes.ts'

/** What each kind of step of a network does. */
const actions: Readonly<Record<NetworkStepKind, Action>> = {
  'make-identities': makeIdentities,
  'make-genesis': makeGenesis,
  'ensure-node': ensureNode,
  'stop-node': stopNode,
  'remove-node': removeNode,
  'join-orderer': joinOrderer,
  'leave-orderer': leaveOrderer,
  'join-peer': joinPeer,
  'update-channel': updateChannel,
  'await-nodes': awaitNodes,
  'install-package': installPackage,
  'approve-contract': approveContract,
  'commit-contract': commitContract,
  'await-ready': awaitReady,
  'forget-network': forgetNetwork,
}

/** @throws Error for a step of a host, which no plan of a network has */
export function actionOf(kind: StepKind): Action {
  if (!isNetworkStep(kind)) throw new Error(`${kind} is no step of a network`)
  return actions[kind]
}
