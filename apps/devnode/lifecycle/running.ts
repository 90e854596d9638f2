/** Which package this organization runs for a committed definition (core/chaincode/lifecycle/cache.go). */
import { createHash } from 'node:crypto'
import type { PeerChannel, PeerChannels } from '../committing/peer-channel.ts'
import type { InstalledPackages } from '../packages/installed-packages.ts'
import { hashedNamespace } from '../state/collection-namespace.ts'
import type { StateReader } from '../state/world-state.ts'
import { implicitName } from '../validation/application-policy.ts'
import { definedNames, definitionIfDefined } from './definitions.ts'
import type { InstalledPackage } from './lifecycle.ts'
import { approvalName, type Definition, packageRecord, parametersRecord } from './parameters.ts'
import { encodeField, fieldKey, isOfType, mismatches } from './record.ts'
import { committedHashes, committedState, lifecycleNamespace } from './state-views.ts'

/** What the organization's approval of the committed definition means for this peer. */
export interface Standing {
  readonly definition: Definition
  readonly isApproved: boolean
  /** In hexadecimal, the hash by which the approved package is known; absent: not approved, or no package named. */
  readonly source?: string
}

export interface Reference {
  readonly name: string
  readonly version: string
}

/** Undefined: nothing is committed under this name. */
export function standingOf(reader: StateReader, mspId: string, name: string): Standing | undefined {
  const definition = definitionIfDefined(committedState(reader), name)
  if (!definition) return undefined
  const approvals = committedHashes(reader, mspId)
  const approval = approvalName(name, definition.sequence)
  const isApproved = mismatches(approvals, 'namespaces', approval, parametersRecord(definition)).length === 0
  if (!isApproved || !isOfType(approvals, 'chaincode-sources', approval, packageRecord(''))) {
    return { definition, isApproved }
  }
  const hash = approvals.hash(fieldKey('chaincode-sources', approval, 'PackageID'))
  return { definition, isApproved, ...(hash ? { source: Buffer.from(hash).toString('hex') } : {}) }
}

const sources = new Map<string, string>()

/** How a package id looks to those who see the hashes of an approval alone. */
function sourceOf(packageId: string): string {
  const known = sources.get(packageId)
  if (known !== undefined) return known
  const source = createHash('sha256')
    .update(encodeField({ text: packageId }))
    .digest('hex')
  sources.set(packageId, source)
  return source
}

/** What is read again only when a block may have changed it. */
export interface Standings {
  readonly of: (channel: PeerChannel, name: string) => Standing | undefined
}

export function standings(mspId: string): Standings {
  const approvals = hashedNamespace(lifecycleNamespace, implicitName(mspId))
  const known = new WeakMap<
    PeerChannel,
    { readonly changes: number; readonly byName: Map<string, Standing | undefined> }
  >()
  return {
    of(channel, name) {
      // Both numbers only grow.
      const changes = channel.state.changes(lifecycleNamespace) + channel.state.changes(approvals)
      const earlier = known.get(channel)
      const now = earlier?.changes === changes ? earlier : { changes, byName: new Map<string, Standing | undefined>() }
      if (now !== earlier) known.set(channel, now)
      if (!now.byName.has(name)) now.byName.set(name, standingOf(channel.state, mspId, name))
      return now.byName.get(name)
    },
  }
}

/** Contracts that run a package, by channel; channels where none does are left out. */
export function referencesOf(
  channels: PeerChannels,
  standing: Standings,
  packageId: string,
): ReadonlyMap<string, readonly Reference[]> {
  const source = sourceOf(packageId)
  const byChannel = channels.names().map((channelName): [string, Reference[]] => {
    const channel = channels.get(channelName)
    const names = channel ? definedNames(channel.state) : []
    const references = names.flatMap((name) => {
      const found = channel && standing.of(channel, name)
      return found?.source === source ? [{ name, version: found.definition.endorsement.getVersion() }] : []
    })
    return [channelName, references]
  })
  return new Map(byChannel.filter(([, references]) => references.length > 0))
}

export function packageWithSource(packages: InstalledPackages, source: string): InstalledPackage | undefined {
  return packages.list().find(({ id }) => sourceOf(id) === source)
}
