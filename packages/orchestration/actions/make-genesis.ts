import type { Action } from './action.ts'
import { channelFacts } from './channel-facts.ts'

/** The channel's first block: two calls would give two blocks, so the first that is kept is the only one ever used. */
export const makeGenesis: Action = async ({ network, step }) => {
  const { artifacts } = network.shared.store
  if (await artifacts.get(network.record.id, 'genesis', step.key)) return
  const bytes = await network.ledger.makeGenesis(channelFacts(network, step.key), network.view)
  await artifacts.keep({ networkId: network.record.id, kind: 'genesis', name: step.key, bytes })
}
