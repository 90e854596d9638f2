import type { AccessControl } from '../access/access.ts'
import type { PeerChannels } from '../committing/peer-channel.ts'
import { openInstalledPackages, type PackageOptions } from '../packages/installed-packages.ts'
import { definedNames, rememberedDefinitions } from './definitions.ts'
import type { Lifecycle } from './lifecycle.ts'
import { lifecycleContract } from './lifecycle-contract.ts'
import { packageWithSource, standings } from './running.ts'

export interface LifecycleOptions extends PackageOptions {
  /** Of this peer's organization. */
  readonly mspId: string
  readonly access: AccessControl
  /** The channels come to be after the lifecycle; asked at each call. */
  readonly channels: () => PeerChannels
}

/** Opens the packages on disk, and removes what a crash left half-made of them. @throws Error when the folders cannot be used */
export async function openLifecycle(options: LifecycleOptions): Promise<Lifecycle> {
  const { mspId, access, channels } = options
  const packages = await openInstalledPackages(options)
  const standing = standings(mspId)
  return {
    contract: lifecycleContract({ access, packages, standings: standing, channels, mspId }),
    definition: rememberedDefinitions(),
    defined: definedNames,
    isApproved: (channel, name) => standing.of(channel, name)?.isApproved ?? false,
    packageOf(channel, name) {
      const source = standing.of(channel, name)?.source
      return source === undefined ? undefined : packageWithSource(packages, source)
    },
  }
}
