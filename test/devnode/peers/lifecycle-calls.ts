/** For tests only: calls of `_lifecycle`, and what is seen of its answers. */

import { parsePolicy } from '@cello/fabric/codec'
import type { EndorsementPolicy } from '@cello/fabric/lifecycle'
import { peer } from '@hyperledger/fabric-protos'
import type { Seen } from '../agreement/scenario.ts'
import { describeAccess } from './describe.ts'
import { askSystem, type Decode, type SystemCall } from './system.ts'
import type { World } from './world.ts'

const protos = peer.lifecycle

export interface Bytes {
  serializeBinary(): Uint8Array
}

export interface LifecycleCall extends SystemCall {
  /** Reads the answer. */
  readonly decode?: Decode
}

/** A function of the lifecycle; about the peer itself without a channel. @param how reads the answer, or says more */
export function lifecycle(world: World, name: string, message: Bytes, how: Decode | LifecycleCall = {}): Promise<Seen> {
  const { decode, ...call } = typeof how === 'function' ? { decode: how } : how
  return askSystem(world, ['_lifecycle', name, message.serializeBinary()], decode, call)
}

/** The same on the channel. */
export const onChannel = (
  world: World,
  name: string,
  message: Bytes,
  how: Decode | LifecycleCall = {},
): Promise<Seen> => {
  const call = typeof how === 'function' ? { decode: how } : how
  return lifecycle(world, name, message, { channel: world.channel, ...call })
}

export interface Wanted {
  readonly name?: string
  readonly version?: string
  readonly sequence?: number
  readonly initRequired?: boolean
  readonly endorsementPlugin?: string
  readonly validationPlugin?: string
  readonly policy?: EndorsementPolicy | Uint8Array
  readonly collections?: peer.CollectionConfigPackage
}

interface Fillable {
  setName(value: string): void
  setVersion(value: string): void
  setSequence(value: number): void
  setInitRequired(value: boolean): void
  setEndorsementPlugin(value: string): void
  setValidationPlugin(value: string): void
  setValidationParameter(value: Uint8Array | string): void
  setCollections(value?: peer.CollectionConfigPackage): void
}

/** A definition in any of the messages that hold one. Default: `lc` 1.0, sequence 1. */
export function filled<M extends Fillable>(message: M, wanted: Wanted): M {
  message.setName(wanted.name ?? 'lc')
  message.setVersion(wanted.version ?? '1.0')
  message.setSequence(wanted.sequence ?? 1)
  message.setInitRequired(wanted.initRequired ?? false)
  message.setEndorsementPlugin(wanted.endorsementPlugin ?? '')
  message.setValidationPlugin(wanted.validationPlugin ?? '')
  if (wanted.policy)
    message.setValidationParameter(wanted.policy instanceof Uint8Array ? wanted.policy : policyBytes(wanted.policy))
  if (wanted.collections) message.setCollections(wanted.collections)
  return message
}

function policyBytes(policy: EndorsementPolicy): Uint8Array {
  const message = new peer.ApplicationPolicy()
  if ('signature' in policy) message.setSignaturePolicy(parsePolicy(policy.signature))
  else if ('channelConfig' in policy) message.setChannelConfigPolicyReference(policy.channelConfig)
  else return Buffer.from(policy.encoded, 'base64')
  return message.serializeBinary()
}

export function approval(wanted: Wanted, packageId?: string): peer.lifecycle.ApproveChaincodeDefinitionForMyOrgArgs {
  const message = filled(new protos.ApproveChaincodeDefinitionForMyOrgArgs(), wanted)
  const source = new protos.ChaincodeSource()
  if (packageId === undefined) source.setUnavailable(new protos.ChaincodeSource.Unavailable())
  else {
    const local = new protos.ChaincodeSource.Local()
    local.setPackageId(packageId)
    source.setLocalPackage(local)
  }
  message.setSource(source)
  return message
}

/** A transaction of the lifecycle from endorsement to verdict, with what it reads and writes. */
export async function lifecycleTransaction(
  world: World,
  name: string,
  message: Bytes,
  { at = [1], org = 1 }: { readonly at?: readonly number[]; readonly org?: 1 | 2 } = {},
): Promise<Seen> {
  const by = world.organization(org).admin
  const { envelope, answers } = await world.endorse(
    { contract: '_lifecycle', by, args: [name, message.serializeBinary()] },
    at,
  )
  const response = peer.ProposalResponsePayload.deserializeBinary(answers[0]?.getPayload_asU8() ?? new Uint8Array())
  const action = peer.ChaincodeAction.deserializeBinary(response.getExtension_asU8())
  const access = describeAccess(action.getResults_asU8(), world.base)
  const { codes } = await world.verdicts(envelope)
  return { codes, access }
}

interface Definition {
  getVersion(): string
  getSequence(): number
  getInitRequired(): boolean
  getEndorsementPlugin(): string
  getValidationPlugin(): string
  getValidationParameter_asU8(): Uint8Array
  getCollections(): peer.CollectionConfigPackage | undefined
}

/** A definition as the lifecycle answers with it. */
export function definitionOf(answer: Definition): Seen {
  const policy = peer.ApplicationPolicy.deserializeBinary(answer.getValidationParameter_asU8())
  const collections = answer.getCollections()?.getConfigList() ?? []
  return {
    version: answer.getVersion(),
    sequence: answer.getSequence(),
    initRequired: answer.getInitRequired(),
    plugins: [answer.getEndorsementPlugin(), answer.getValidationPlugin()],
    policy: policy.toObject(),
    collections: collections.map((one) => one.toObject().staticCollectionConfig),
  }
}
