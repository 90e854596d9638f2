/** Distinguished names as Fabric's tools write and read them, and the host names of TLS certificates. */
import { isIP } from 'node:net'
import { FabricError } from '../errors.ts'
import {
  objectIdentifier,
  readChildren,
  readElement,
  readObjectIdentifier,
  readText,
  sequence,
  setOf,
  tags,
  textValue,
} from './der.ts'

/** Where an organization sits. Only what is given appears in its certificates. */
export interface Locality {
  /** ISO 3166 code, two letters. */
  readonly country?: string
  readonly province?: string
  readonly locality?: string
}

export interface Subject extends Locality {
  readonly organization?: string
  /** Organizational units; with NodeOUs the role is one of them, so `units` is never taken from a stranger. */
  readonly units?: readonly string[]
  readonly commonName: string
}

const attributeOids = {
  country: '2.5.4.6',
  province: '2.5.4.8',
  locality: '2.5.4.7',
  organization: '2.5.4.10',
  units: '2.5.4.11',
  commonName: '2.5.4.3',
} as const

const shortNames: Readonly<Record<string, string>> = {
  '2.5.4.6': 'C',
  '2.5.4.8': 'ST',
  '2.5.4.7': 'L',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.3': 'CN',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.9': 'STREET',
  '2.5.4.17': 'POSTALCODE',
}

// RFC 5280 appendix A: ub-common-name, ub-organization-name and ub-organizational-unit-name are 64, ub-locality-name 128.
const longestName = 64

function attribute(oid: string, text: string): Uint8Array {
  if (text === '' || text.length > longestName || /\p{Cc}/u.test(text)) {
    throw new FabricError('INVALID', `"${text.slice(0, 80)}" cannot be part of a certificate's subject`, {
      next: `Use 1 to ${longestName} characters, none of them control characters.`,
    })
  }
  return sequence(objectIdentifier(oid), textValue(text))
}

/** DER in the order of Go's encoder: country, province, locality, organization, units (one set), common name. */
export function encodeSubject(subject: Subject): Uint8Array {
  if (subject.country !== undefined && !/^[A-Z]{2}$/.test(subject.country)) {
    throw new FabricError('INVALID', 'a country is two capital letters')
  }
  const sets = (['country', 'province', 'locality', 'organization', 'units', 'commonName'] as const).flatMap(
    (field) => {
      const value = subject[field] ?? []
      const texts = typeof value === 'string' ? [value] : value
      return texts.length === 0 ? [] : [setOf(...texts.map((text) => attribute(attributeOids[field], text)))]
    },
  )
  return sequence(...sets)
}

/** One part of a distinguished name: `type` is its short name (`CN`, `OU`) or, for rarer ones, the dotted identifier. */
export interface NamePart {
  readonly type: string
  readonly value: string
}

/** @param der Name, DER. Parts in the order of the encoding. */
export function decodeName(der: Uint8Array): NamePart[] {
  return readChildren(readElement(der, tags.sequence).content).flatMap((set) =>
    readChildren(set.content).map((pair) => {
      const [type, value] = readChildren(pair.content)
      const oid = readObjectIdentifier(type)
      return { type: shortNames[oid] ?? oid, value: readText(value) }
    }),
  )
}

/** RFC 4514 text, most specific part first: `CN=peer0,OU=peer,C=US`. */
export function formatName(parts: readonly NamePart[]): string {
  return parts
    .toReversed()
    .map(({ type, value }) => `${type}=${value.replace(/[,+"\\<>;=#]/g, (sign) => `\\${sign}`)}`)
    .join(',')
}

export function namesOfType(parts: readonly NamePart[], type: string): string[] {
  return parts.filter((part) => part.type === type).map(({ value }) => value)
}

const dnsName = /^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i

/** A host as certificates hold it. @throws INVALID when it is neither a host name nor an IPv4 or IPv6 address. */
export function hostKind(host: string): 'dns' | 'ip' {
  // With the interface that it is reached by (fe80::1%eth0), an address is one on this machine alone.
  if (isIP(host) !== 0 && !host.includes('%')) return 'ip'
  if (host.length <= 253 && dnsName.test(host)) return 'dns'
  throw new FabricError('INVALID', `"${host.slice(0, 80)}" is no host name or IP address`)
}
