import type { Signer } from '@cello/fabric'
import {
  computeUpdate,
  configFromBlock,
  configUpdateEnvelope,
  setBatch,
  signConfigUpdateByAll,
} from '@cello/fabric/config'
import { configBlockFromOrderer, submitToOrderers } from '@cello/fabric/ordering'
import type { common } from '@hyperledger/fabric-protos'
import { everyNodeObeys } from './every-node.ts'
import type { RealNetwork } from './network.ts'

type Config = common.Config

export interface PreparedUpdate {
  /** The config that it is made for. */
  readonly config: Config
  readonly envelope: Uint8Array
}

/** An update from the config that the first orderer has to `edit` of it; nothing is sent. Default: the orderers' administrator signs. */
export async function prepareUpdate(
  network: RealNetwork,
  edit: (config: Config) => Config,
  signers: readonly Signer[] = [network.ordererAdmin],
): Promise<PreparedUpdate> {
  const { plan, orderers, ordererAdmin: submitter } = network
  const [orderer] = orderers
  if (!orderer) throw new Error('no orderers')
  const { config } = configFromBlock(await configBlockFromOrderer(orderer.connection, submitter, plan.channel))
  const update = computeUpdate(plan.channel, config, edit(config)).serializeBinary()
  const signatures = await signConfigUpdateByAll(update, signers)
  const envelope = await configUpdateEnvelope({ update, signatures, submitter })
  return { config, envelope: envelope.serializeBinary() }
}

/** Has the orderers cut blocks otherwise, from now on and at every node. */
export async function cutBlocks(network: RealNetwork, batch: Parameters<typeof setBatch>[1]): Promise<void> {
  await sendUpdate(network, await prepareUpdate(network, (it) => setBatch(it, batch)))
}

/** Until every node obeys it. */
export async function sendUpdate(network: RealNetwork, { config, envelope }: PreparedUpdate): Promise<void> {
  const orderers = network.orderers.map(({ connection }) => connection)
  await submitToOrderers(orderers, envelope, { channel: network.plan.channel })
  await everyNodeObeys(network, config.getSequence() + 1)
}
