/** The peers' stage: its groups in the order in which they are played. */
import { normalizer } from '../agreement/normal.ts'
import { type PlayedGroup, playInOrder, type Runtime, type Scenario, type Stage } from '../agreement/scenario.ts'
import { approvingScenarios } from './approving.ts'
import { beginningScenarios } from './begun.ts'
import { channelScenarios } from './channels.ts'
import { commitHashScenarios } from './commit-hashes.ts'
import { committingScenarios } from './committing.ts'
import { deployContracts, untilKnown } from './contracts.ts'
import { deliverScenarios } from './delivering.ts'
import { discoveryScenarios } from './discovering.ts'
import { disseminationScenarios } from './dissemination.ts'
import { endorsingScenarios } from './endorsing.ts'
import { envelopeScenarios } from './envelopes.ts'
import { endorseScenarios, evaluateScenarios, eventScenarios, submitScenarios } from './gateway.ts'
import { installingScenarios } from './installing.ts'
import { membershipScenarios } from './membership.ts'
import { startPeerNetwork } from './network.ts'
import { oddFieldScenarios } from './odd-fields.ts'
import { operatingScenarios } from './operating.ts'
import { outageScenarios } from './outages.ts'
import { policyScenarios } from './policies.ts'
import { privateScenarios } from './private-data.ts'
import { snapshotScenarios } from './snapshots.ts'
import { stateScenarios } from './state.ts'
import { ledgerScenarios } from './system.ts'
import { lifetimeScenarios, upgradeScenarios } from './upgrades.ts'
import { verdictScenarios } from './verdicts.ts'
import { wireScenarios } from './wire.ts'
import { World } from './world.ts'

const groups: Readonly<Record<string, readonly Scenario<World>[]>> = {
  endorsing: endorsingScenarios,
  initialization: beginningScenarios,
  state: stateScenarios,
  envelopes: [...envelopeScenarios, ...oddFieldScenarios],
  verdicts: verdictScenarios,
  policies: policyScenarios,
  ledgers: ledgerScenarios,
  packages: installingScenarios,
  approvals: approvingScenarios,
  definitions: committingScenarios,
  'private-data': privateScenarios,
  upgrades: upgradeScenarios,
  lifetimes: lifetimeScenarios,
  dissemination: disseminationScenarios,
  'commit-hashes': commitHashScenarios,
  deliver: deliverScenarios,
  evaluating: evaluateScenarios,
  endorsements: endorseScenarios,
  submitting: submitScenarios,
  events: eventScenarios,
  discovery: discoveryScenarios,
  wire: wireScenarios,
  operations: operatingScenarios,
  snapshots: snapshotScenarios,
  channels: channelScenarios,
  membership: membershipScenarios,
  outages: outageScenarios,
}

/** Texts of scenarios whose hashes are the same in every run. */
const preimages: readonly string[] = []

export const peerStage: Stage = {
  groups: Object.keys(groups),
  async play(runtime: Runtime, names: readonly string[]) {
    await using network = await startPeerNetwork(runtime)
    await using world = new World(network)
    await deployContracts(world)
    // Peers of Fabric and of the devnode do not find each other: each has a service of its own for that.
    if (runtime.kind !== 'mixed') await untilKnown(world)
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
