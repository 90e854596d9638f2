import { PlatformError } from '@cello/model'
import { addressInPackage } from '../contract-package.ts'
import type { Chain } from './chain.ts'
import type { JoinCall } from './world-api.ts'

/** A node's copy of a chain. */
export interface Copy {
  readonly chain: Chain
  readonly kind: JoinCall['kind']
  readonly organization: string
  readonly endpoint: string
  height: number
}

/** What a node of the fake ledger has on its disk. */
export class Volume {
  readonly id: string
  readonly copies = new Map<string, Copy>()
  /** Package ids, with the address that the package names. */
  readonly packages = new Map<string, string>()

  constructor(id: string) {
    this.id = id
  }

  /** @throws NOT_FOUND when the node has not joined the channel. */
  copy(channel: string): Copy {
    const copy = this.copies.get(channel)
    if (!copy) throw new PlatformError('NOT_FOUND', { noun: 'channel', id: channel })
    return copy
  }

  /** @returns whether it was new. */
  install(id: string, bytes: Uint8Array): boolean {
    if (this.packages.has(id)) return false
    this.packages.set(id, addressInPackage(bytes))
    return true
  }
}
