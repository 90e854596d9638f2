import { decode, type MessageClass } from '@cello/fabric/codec'
import type { Message } from 'google-protobuf'
import type { AccessControl } from '../access/access.ts'
import type { PeerChannels } from '../committing/peer-channel.ts'
import type { Invocation } from '../contracts/contract.ts'
import type { InstalledPackages } from '../packages/installed-packages.ts'
import type { Standings } from './running.ts'

/** What the functions of `_lifecycle` work with. */
export interface LifecycleParts {
  readonly access: AccessControl
  readonly packages: InstalledPackages
  readonly standings: Standings
  /** The channels come to be after the lifecycle. */
  readonly channels: () => PeerChannels
  /** Of this peer's organization. */
  readonly mspId: string
}

/** @param input its arguments, encoded; the answer is its encoded result @throws Error in Fabric's words */
export type LifecycleFunction = (
  parts: LifecycleParts,
  input: Uint8Array,
  invocation: Invocation,
) => Promise<Uint8Array> | Uint8Array

/** @throws Error in Fabric's words but for what the decoder says */
export function decodeArgs<M extends Message>(type: MessageClass<M>, name: string, input: Uint8Array): M {
  try {
    return decode(type, input)
  } catch (error) {
    const reason = 'proto: cannot parse invalid wire-format data'
    throw new Error(`could not decode input arg for *lifecycle.Invocation.${name}: ${reason}`, { cause: error })
  }
}
