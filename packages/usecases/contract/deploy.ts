import { type ChannelSpec, type DeploymentSpec, type NetworkSpec, PlatformError } from '@cello/model'
import { allow, type Call } from '../actor.ts'
import type { ChannelTarget } from '../channel/queries.ts'
import type { Context } from '../context.ts'
import { changeNetwork, decideEdit } from '../network/change.ts'
import { findChannel } from '../network/find.ts'
import type { OperationView } from '../operation/view.ts'
import { checkDocument } from './document.ts'
import { type ContractTarget, findContract } from './queries.ts'

/** Writes a contract into the document of its channel. @throws NAME_TAKEN, NOT_FOUND, CHANGE_REFUSED … */
export async function deployContract(
  context: Context,
  call: Call,
  target: ChannelTarget & { readonly spec: DeploymentSpec },
): Promise<OperationView> {
  allow(call, 'networks:write')
  return changeNetwork(context, call, {
    network: target.network,
    kind: 'change-network',
    decide: (network) => {
      const channel = findChannel(network, target.channel)
      if (channel.contracts.some(({ name }) => name === target.spec.name)) {
        throw new PlatformError('NAME_TAKEN', { noun: 'contract', name: target.spec.name })
      }
      const contracts = [...channel.contracts, target.spec]
      return decideEdit(context, network, checkDocument(withContracts(network.spec, channel, contracts)))
    },
  })
}

/** Writes a contract's new deployment over the one it has. @throws INVALID_REQUEST for another name, NOT_FOUND, CHANGE_REFUSED … */
export async function upgradeContract(
  context: Context,
  call: Call,
  target: ContractTarget & { readonly spec: DeploymentSpec },
): Promise<OperationView> {
  allow(call, 'networks:write')
  if (target.spec.name !== target.contract) {
    throw new PlatformError('INVALID_REQUEST', { detail: `name is ${target.spec.name}, not ${target.contract}` })
  }
  return changeNetwork(context, call, {
    network: target.network,
    kind: 'change-network',
    decide: (network) => {
      const channel = findChannel(network, target.channel)
      findContract(channel, target.contract)
      const contracts = channel.contracts.map((one) => (one.name === target.contract ? target.spec : one))
      return decideEdit(context, network, checkDocument(withContracts(network.spec, channel, contracts)))
    },
  })
}

function withContracts(spec: NetworkSpec, changed: ChannelSpec, contracts: DeploymentSpec[]): NetworkSpec {
  return {
    ...spec,
    channels: spec.channels.map((channel) => (channel.name === changed.name ? { ...channel, contracts } : channel)),
  }
}
