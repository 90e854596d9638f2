import type { Action } from './action.ts'

/** The last step of a deletion: nothing of the network is left on any host, so its rows go too. */
export const forgetNetwork: Action = async ({ network, fence }) => {
  await network.shared.store.networks.forget(network.record.id, network.shared.clock.now(), fence)
}
