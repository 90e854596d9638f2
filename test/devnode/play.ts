/** The orderer's stage: all ordering scenarios in order on one orderer, and what was seen. */
import {
  type PlayedGroup,
  playInOrder,
  Reached,
  type Runtime,
  type Scenario,
  type Seen,
  type Stage,
} from './agreement/scenario.ts'
import {
  broadcastScenarios,
  deliverScenarios,
  maintenanceScenarios,
  updateScenarios,
  type World,
} from './grpc-scenarios.ts'
import { channel, planOrdering, type RunningOrderer, startOrderer } from './ordering.ts'
import { type RestScenario, restAfterJoin, restBeforeJoin, seenOf } from './rest-scenarios.ts'

/** One group, since one orderer goes through all of them. */
const group = 'ordering'

const leaving: RestScenario = [
  'leave the channel',
  () => ({ method: 'DELETE', path: `/participation/v1/channels/${channel}` }),
]

export const orderingStage: Stage = {
  groups: [group],
  async play(runtime: Runtime) {
    using ordering = await planOrdering(runtime.shipped === undefined ? {} : { shipped: runtime.shipped })
    await using running = await startOrderer(ordering, runtime.orderer)
    return { [group]: await playAll({ ordering, running }) }
  },
}

/** Plays every scenario on a fresh orderer that has joined nothing. */
async function playAll(world: World): Promise<PlayedGroup> {
  const reached = new Reached()
  const player = { world, reached, clean: (seen: Seen) => seen }
  const rest = (scenarios: readonly RestScenario[]) =>
    playInOrder(
      scenarios.map((scenario) => asked(scenario, reached)),
      player,
    )
  const grpc = (method: string, scenarios: readonly Scenario<World>[]) =>
    playInOrder(
      scenarios.map((scenario) => sent(method, scenario, reached)),
      player,
    )
  const before = await rest(restBeforeJoin)
  await world.running.participation.join(world.ordering.genesis)
  await ledBy(world.running)
  return {
    ...before,
    ...(await rest(restAfterJoin)),
    ...(await grpc('AtomicBroadcast/Broadcast', broadcastScenarios)),
    ...(await grpc('AtomicBroadcast/Broadcast', updateScenarios)),
    ...(await grpc('AtomicBroadcast/Broadcast', maintenanceScenarios)),
    ...(await grpc('AtomicBroadcast/Deliver', deliverScenarios)),
    ...(await rest([leaving])),
  }
}

function asked([name, call]: RestScenario, reached: Reached): Scenario<World> {
  const play = async ({ ordering }: World) => {
    const request = call(ordering)
    const seen = await seenOf(ordering, request)
    reached.add(`participation ${request.method}`, `http ${String(seen.status)}`)
    return seen
  }
  return [name, play]
}

function sent(method: string, [name, run]: Scenario<World>, reached: Reached): Scenario<World> {
  const play = async (world: World) => {
    const seen = await run(world)
    reached.add(method, `status ${String(seen.status)}`)
    return seen
  }
  return [name, play]
}

/** A fresh Raft channel has no leader for some ticks. */
async function ledBy({ operations }: RunningOrderer): Promise<void> {
  for (let tries = 0; tries < 4_000; tries++) {
    const page = await (await fetch(`${operations}/metrics`)).text()
    if (/^consensus_etcdraft_is_leader\{[^}]*\} 1$/m.test(page)) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('the channel has no leader')
}
