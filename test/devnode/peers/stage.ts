/** The peers' stage: its groups in the order in which they are played. */
import { normalizer } from '../agreement/normal.ts'
import { type PlayedGroup, playInOrder, type Runtime, type Scenario, type Stage } from '../agreement/scenario.ts'
import { beginningScenarios } from './begun.ts'
import { deployContracts } from './contracts.ts'
import { endorsingScenarios } from './endorsing.ts'
import { startPeerNetwork } from './network.ts'
import { stateScenarios } from './state.ts'
import { World } from './world.ts'

const groups: Readonly<Record<string, readonly Scenario<World>[]>> = {
  endorsing: endorsingScenarios,
  initialization: beginningScenarios,
  state: stateScenarios,
}

/** Texts of scenarios whose hashes are the same in every run. */
const preimages: readonly string[] = []

export const peerStage: Stage = {
  groups: Object.keys(groups),
  async play(runtime: Runtime, names: readonly string[]) {
    await using network = await startPeerNetwork(runtime)
    await using world = new World(network)
    await deployContracts(world)
    const clean = normalizer(() => world.known, preimages)
    const played: Record<string, PlayedGroup> = {}
    for (const name of Object.keys(groups).filter((one) => names.includes(one))) {
      played[name] = await playInOrder(groups[name] ?? [], {
        world,
        reached: world.reached,
        clean,
        begin: () => world.begin(),
      })
    }
    return played
  },
}
