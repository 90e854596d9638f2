import type { Drive } from '../simulation/drive.ts'
import { addOrderer, addPeer, deploy } from '../simulation/edits.ts'
import { smallNetwork } from '../simulation/platform.ts'

/** A change that is cut off everywhere: what comes before it, and itself. `act` gives the operation that must succeed, if it is one. */
export interface Scenario {
  prepare(platform: Drive): Promise<void>
  act(platform: Drive): Promise<string | undefined>
}

export const scenarioNames = ['create', 'add peer', 'add orderer', 'deploy', 'upgrade', 'invoke', 'delete'] as const
export type ScenarioName = (typeof scenarioNames)[number]

export const networkName = 'demo'

/** The usual small one; devnodes order alone. */
const document = ({ ledger }: Drive) => smallNetwork(networkName, ledger.kind === 'devnode' ? 1 : 3)

async function network(platform: Drive): Promise<string> {
  const { network: made, operation } = await platform.create(document(platform))
  await platform.ended(operation)
  return made.id
}

async function idOf(platform: Drive): Promise<string> {
  return (await platform.store.networks.byName(networkName))?.id ?? ''
}

async function deployVersion(platform: Drive, version: string): Promise<string> {
  return platform.change(await idOf(platform), deploy('assets', version, await platform.keepPackage('assets', version)))
}

async function deployed(platform: Drive): Promise<void> {
  await network(platform)
  await platform.ended(await deployVersion(platform, '1.0'))
}

const whole = async (platform: Drive): Promise<void> => void (await network(platform))

export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  create: {
    prepare: async () => {},
    act: async (platform) => (await platform.create(document(platform))).operation,
  },
  'add peer': {
    prepare: whole,
    act: async (platform) => platform.change(await idOf(platform), addPeer('Org1', 'peer1')),
  },
  'add orderer': {
    prepare: whole,
    act: async (platform) => platform.change(await idOf(platform), addOrderer('Orderer', 'orderer3')),
  },
  deploy: { prepare: whole, act: (platform) => deployVersion(platform, '1.0') },
  upgrade: { prepare: deployed, act: (platform) => deployVersion(platform, '2.0') },
  invoke: {
    prepare: deployed,
    act: async (platform) => {
      await platform.invoke(networkName, 'assets', 'colour', 'blue')
      return undefined
    },
  },
  delete: {
    prepare: deployed,
    act: async (platform) => platform.change(await idOf(platform), () => {}, { deleting: true }),
  },
}
