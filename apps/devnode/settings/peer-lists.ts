/** Keys of core.yaml that hold lists of sections. */
import type { PeerKey } from './peer-keys.ts'
import type { TypedKeys } from './typed-keys.ts'

/** Programs `bin/detect`, `bin/build`, `bin/release` of an operator's, as Fabric runs them on installed packages. */
export interface ExternalBuilder {
  readonly name: string
  readonly path: string
  /** Names of the variables that its programs may see. */
  readonly propagateEnvironment: readonly string[]
}

/** An orderer's address in the channel config, and where to dial instead. */
export interface AddressOverride {
  readonly from: string
  readonly to: string
  /** Path of the authorities to trust there; empty: those of the config. */
  readonly authorities: string
}

type Keys = TypedKeys<PeerKey>
type Section = Readonly<Record<string, unknown>>

/** @throws Error with Fabric's sentence where a builder lacks its path or name */
export function externalBuildersOf(keys: Keys): readonly ExternalBuilder[] {
  return sectionsOf(keys, 'chaincode.externalBuilders').map((section) => {
    const [name, path] = [textOf(section, 'name'), textOf(section, 'path')]
    if (path === '') {
      throw new Error('invalid external builder configuration, path attribute missing in one or more builders')
    }
    if (name === '') throw new Error(`external builder at path ${path} has no name attribute`)
    const variables = entryOf(section, 'propagateEnvironment') ?? entryOf(section, 'environmentWhitelist')
    return { name, path, propagateEnvironment: Array.isArray(variables) ? variables.map(String) : [] }
  })
}

export function addressOverridesOf(keys: Keys): readonly AddressOverride[] {
  return sectionsOf(keys, 'peer.deliveryclient.addressOverrides').map((section) => ({
    from: textOf(section, 'from'),
    to: textOf(section, 'to'),
    authorities: textOf(section, 'caCertsFile'),
  }))
}

/** Names in a list of handlers. @throws Error on a handler that Fabric does not bring, or a library to load */
export function namesOf(keys: Keys, key: PeerKey, known: readonly string[]): ReadonlySet<string> {
  const names = sectionsOf(keys, key).map((section) => {
    const name = textOf(section, 'name')
    if (!known.includes(name)) throw new Error(`${key} names ${name}, and may only name ${known.join(', ')}`)
    if (textOf(section, 'library') !== '') throw new Error(`${key} names a library for ${name}: there are no plugins`)
    return name
  })
  return new Set(names)
}

function sectionsOf(keys: Keys, key: PeerKey): readonly Section[] {
  return keys.list(key).map((text) => {
    const section: unknown = JSON.parse(text)
    if (typeof section !== 'object' || section === null) throw new Error(`${key} is no list of sections`)
    return Object.fromEntries(Object.entries(section).map(([name, value]) => [name.toLowerCase(), value]))
  })
}

const entryOf = (section: Section, name: string): unknown => section[name.toLowerCase()]

function textOf(section: Section, name: string): string {
  const value = entryOf(section, name)
  return typeof value === 'string' ? value : ''
}
