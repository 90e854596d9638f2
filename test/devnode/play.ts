/** For tests only: all ordering scenarios in order on one orderer, and what was seen. */
import {
  broadcastScenarios,
  deliverScenarios,
  type GrpcScenario,
  maintenanceScenarios,
  updateScenarios,
  type World,
} from './grpc-scenarios.ts'
import { channel, type Ordering, type RunningOrderer } from './ordering.ts'
import { type RestScenario, restAfterJoin, restBeforeJoin, type Seen, seenOf } from './rest-scenarios.ts'

export type Seens = Readonly<Record<string, Seen>>

/** Plays every scenario on a fresh orderer that has joined nothing. */
export async function playAll(ordering: Ordering, running: RunningOrderer): Promise<Seens> {
  const world: World = { ordering, running }
  const rest = (scenarios: readonly RestScenario[]) =>
    inOrder(scenarios, ([, call]) => seenOf(ordering, call(ordering)))
  const grpc = (scenarios: readonly GrpcScenario[]) => inOrder(scenarios, ([, run]) => run(world))
  const before = await rest(restBeforeJoin)
  await running.participation.join(ordering.genesis)
  await ledBy(running)
  const seen = { ...before, ...(await rest(restAfterJoin)), ...(await grpc(broadcastScenarios)) }
  const changes = { ...(await grpc(updateScenarios)), ...(await grpc(maintenanceScenarios)) }
  const more = { ...changes, ...(await grpc(deliverScenarios)) }
  const removal = await seenOf(ordering, { method: 'DELETE', path: `/participation/v1/channels/${channel}` })
  return { ...seen, ...more, 'leave the channel': removal }
}

/** A fresh Raft channel has no leader for some ticks. */
async function ledBy({ operations }: RunningOrderer): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const page = await (await fetch(`${operations}/metrics`)).text()
    if (/^consensus_etcdraft_is_leader\{[^}]*\} 1$/m.test(page)) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('the channel has no leader')
}

async function inOrder<S extends readonly [string, ...unknown[]]>(
  scenarios: readonly S[],
  play: (scenario: S) => Promise<Seen>,
): Promise<Seens> {
  const seen: Record<string, Seen> = {}
  for (const scenario of scenarios) seen[scenario[0]] = await play(scenario)
  return seen
}
