import { PlatformError } from '@cello/model'

/** Where the Fabric project publishes its releases, each in a folder `v<version>`. */
export const officialReleases = 'https://github.com/hyperledger/fabric/releases/download'

/** What nodes are started from. */
export const nodePrograms = ['orderer', 'peer'] as const

/** All programs of a release, see `RELEASE_EXES` in Fabric's Makefile. */
export const releasePrograms: readonly string[] = [
  ...nodePrograms,
  'osnadmin',
  'configtxgen',
  'configtxlator',
  'cryptogen',
  'discover',
  'ledgerutil',
]

/** The first with capability V2_5, which our channels ask for; the Gateway service came with 2.4, channel participation with 2.3. */
export const oldestVersion = '2.5.0'

/** Fabric's name of this machine: `linux-amd64`. */
export function platformName(platform: string = process.platform, arch: string = process.arch): string {
  return `${platform}-${arch === 'x64' ? 'amd64' : arch}`
}

/** The file name that the Fabric project gives the archive of a release. */
export function archiveName(version: string, platform = platformName()): string {
  return `hyperledger-fabric-${platform}-${version}.tar.gz`
}

/** Compares versions such as 2.5.16 and 3.1.5 by their numbers. */
export function newestFirst(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  const index = [0, 1, 2].find((part) => left?.[part] !== right?.[part]) ?? 0
  return (right?.[index] ?? 0) - (left?.[index] ?? 0)
}

export function isTooOld(version: string): boolean {
  return newestFirst(version, oldestVersion) > 0
}

/** @throws UNSUPPORTED where nodes of that version would lack what Cello relies on. */
export function refuseTooOld(version: string): void {
  if (!isTooOld(version)) return
  throw new PlatformError('UNSUPPORTED', {
    feature: `Fabric ${version}`,
    reason: `channels are made with capability V2_5, which came with Fabric ${oldestVersion}; install that or a newer one`,
  })
}
