/** A contract whose definition asks for an initialization. */
import type { Scenario } from '../agreement/scenario.ts'
import type { World } from './world.ts'

export const beginningScenarios: readonly Scenario<World>[] = [
  ['a call before the initialization', (world) => world.simulate({ contract: 'begun', steps: [['get', 'a']] })],
  ['an initialization', (world) => world.simulate({ contract: 'begun', isInit: true, steps: [['put', 'a', '1']] })],
  ['an initialization is committed', (world) => world.transact({ contract: 'begun', isInit: true, steps: [] })],
  ['a call after the initialization', (world) => world.simulate({ contract: 'begun', steps: [['get', 'a']] })],
  ['a second initialization', (world) => world.simulate({ contract: 'begun', isInit: true, steps: [] })],
  ['an initialization where none is asked for', (world) => world.simulate({ contract: 'kv', isInit: true, steps: [] })],
]
