import { PlatformError } from '@cello/model'

/** Fabric's lines of development that we configure: 2.5 (long-term support) and 3.x. Their files differ in a few keys. */
export type FabricLine = '2.5' | '3'

/** @param version as `peer version` says it: `2.5.16`, `v3.1.5`. @throws UNSUPPORTED for any other line */
export function fabricLine(version: string): FabricLine {
  const [, major, minor] = /^v?(\d+)\.(\d+)(?:\.|$)/.exec(version) ?? []
  if (major === '3') return '3'
  if (major === '2' && minor === '5') return '2.5'
  throw new PlatformError('UNSUPPORTED', {
    feature: `Fabric ${version}`,
    reason: 'its configuration files are not known here',
  })
}
