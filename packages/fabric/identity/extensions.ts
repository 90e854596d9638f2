/** X.509 extensions that Fabric's certificates carry, written and read. Each profile is what cryptogen 3.1 writes. */
import { isIPv4 } from 'node:net'
import { FabricError } from '../errors.ts'
import {
  bitString,
  type Element,
  element,
  expectTag,
  objectIdentifier,
  octetString,
  readChildren,
  readElement,
  readObjectIdentifier,
  replaced,
  sequence,
  tags,
  trueValue,
} from './der.ts'
import { hostKind } from './names.ts'

export const extensionOids = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  hosts: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  crlReason: '2.5.29.21',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  /** Fabric CA's attributes, JSON {"attrs": {name: value}}, read by contracts through their client identity library. */
  attributes: '1.2.3.4.5.6.7.8.1',
} as const

export interface Extension {
  readonly oid: string
  readonly critical: boolean
  /** What the extension's OCTET STRING holds. */
  readonly value: Uint8Array
}

// In the order of their bits (RFC 5280, 4.2.1.3), the first being the highest.
const keyUsages = [
  'digitalSignature',
  'contentCommitment',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'certificateSign',
  'crlSign',
] as const
export type KeyUsage = (typeof keyUsages)[number]

const purposeOids = { serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2' } as const
export type Purpose = keyof typeof purposeOids

export function encodeExtension({ oid, critical, value }: Extension): Uint8Array {
  return sequence(objectIdentifier(oid), ...(critical ? [trueValue] : []), octetString(value))
}

/** @param list the content of a SEQUENCE OF Extension */
export function decodeExtensions(list: Uint8Array): Extension[] {
  return readChildren(list).map((found) => {
    const [oid, ...rest] = readChildren(expectTag(found, tags.sequence).content)
    const critical = rest[0]?.tag === tags.boolean && rest[0].content[0] === 0xff
    return { oid: readObjectIdentifier(oid), critical, value: expectTag(rest.at(-1), tags.octetString).content }
  })
}

export function keyUsage(...usages: readonly KeyUsage[]): Extension {
  const bits = usages.reduce((sum, usage) => sum | (0x80 >> keyUsages.indexOf(usage)), 0)
  const unused = Math.clz32(bits & -bits) === 32 ? 0 : 31 - Math.clz32(bits & -bits)
  return { oid: extensionOids.keyUsage, critical: true, value: bitString(Uint8Array.of(bits), unused) }
}

export function readKeyUsage(value: Uint8Array): KeyUsage[] {
  const bits = readElement(value, tags.bitString).content[1] ?? 0
  return keyUsages.filter((usage) => (bits & (0x80 >> keyUsages.indexOf(usage))) !== 0)
}

export function purposes(...wanted: readonly Purpose[]): Extension {
  const value = sequence(...wanted.map((purpose) => objectIdentifier(purposeOids[purpose])))
  return { oid: extensionOids.extendedKeyUsage, critical: false, value }
}

/** Purposes that we know by name; others as dotted identifiers. */
export function readPurposes(value: Uint8Array): string[] {
  const names = Object.entries(purposeOids)
  return readChildren(readElement(value, tags.sequence).content).map((found) => {
    const oid = readObjectIdentifier(found)
    return names.find(([, known]) => known === oid)?.[0] ?? oid
  })
}

/** Whether a certificate is an authority's; `pathLength` 0 forbids authorities below it. */
export function basicConstraints(isAuthority: boolean, pathLength?: number): Extension {
  const limit = pathLength === undefined ? [] : [element(tags.integer, Uint8Array.of(pathLength))]
  return {
    oid: extensionOids.basicConstraints,
    critical: true,
    value: isAuthority ? sequence(trueValue, ...limit) : sequence(),
  }
}

export function readIsAuthority(value: Uint8Array): boolean {
  const [flag] = readChildren(readElement(value, tags.sequence).content)
  return flag?.tag === tags.boolean && flag.content[0] === 0xff
}

/** How many authorities may stand in a row below; undefined where there is no limit. */
export function readPathLength(value: Uint8Array): number | undefined {
  const [, limit] = readChildren(readElement(value, tags.sequence).content)
  return limit?.tag === tags.integer ? Number(`0x${Buffer.from(limit.content).toString('hex')}`) : undefined
}

export function subjectKeyId(identifier: Uint8Array): Extension {
  return { oid: extensionOids.subjectKeyId, critical: false, value: octetString(identifier) }
}

export function readSubjectKeyId(value: Uint8Array): Uint8Array {
  return readElement(value, tags.octetString).content
}

export function authorityKeyId(identifier: Uint8Array): Extension {
  return { oid: extensionOids.authorityKeyId, critical: false, value: sequence(replaced(0, identifier)) }
}

/** The key identifier; absent when the extension names its issuer in another way. */
export function readAuthorityKeyId(value: Uint8Array): Uint8Array | undefined {
  return readChildren(readElement(value, tags.sequence).content).find(({ tag }) => tag === 0x80)?.content
}

function ipBytes(host: string): Uint8Array {
  if (isIPv4(host)) return Uint8Array.from(host.split('.').map(Number))
  // The URL parser brings every IPv6 spelling into one: lower case, at most one "::", no dotted tail.
  const [head = '', tail] = new URL(`http://[${host}]`).hostname.slice(1, -1).split('::')
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const [left, right] = [groups(head), groups(tail ?? '')]
  const all = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right]
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]))
}

/** Subject alternative names; DNS names first and then addresses, each in the given order, as Go writes them. */
export function hostNames(hosts: readonly string[]): Extension {
  const unique = [...new Set(hosts)]
  const dns = unique.filter((host) => hostKind(host) === 'dns').map((host) => replaced(2, Buffer.from(host, 'latin1')))
  const ips = unique.filter((host) => hostKind(host) === 'ip').map((host) => replaced(7, ipBytes(host)))
  return { oid: extensionOids.hosts, critical: false, value: sequence(...dns, ...ips) }
}

function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? []
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

/** DNS names and IP addresses; other kinds of names (mail, URI) are left out. */
export function readHostNames(value: Uint8Array): string[] {
  return readChildren(readElement(value, tags.sequence).content).flatMap(({ tag, content }: Element) => {
    if (tag === 0x82) return [Buffer.from(content).toString('latin1')]
    return tag === 0x87 && (content.length === 4 || content.length === 16) ? [ipText(content)] : []
  })
}

// Far above what a contract can sensibly ask of a caller, and small against Fabric's 100 MiB message limit.
const longestAttributes = 16 * 1024

/** @throws INVALID when names are empty, values no text, or the whole is above 16 KiB. */
export function fabricAttributes(attributes: Readonly<Record<string, string>>): Extension {
  for (const [name, value] of Object.entries(attributes)) {
    if (name !== '' && typeof value === 'string') continue
    throw new FabricError('INVALID', `the attribute "${name}" needs a name and a text as its value`)
  }
  const value = Buffer.from(JSON.stringify({ attrs: attributes }), 'utf8')
  if (value.length > longestAttributes) throw new FabricError('INVALID', 'the attributes of one identity exceed 16 KiB')
  return { oid: extensionOids.attributes, critical: false, value }
}

function attributesOf(value: Uint8Array): Record<string, string> {
  const parsed: unknown = JSON.parse(Buffer.from(value).toString('utf8'))
  const attrs: unknown = typeof parsed === 'object' && parsed !== null && 'attrs' in parsed ? parsed.attrs : undefined
  if (typeof attrs !== 'object' || attrs === null) throw new TypeError('there is no object "attrs"')
  return Object.fromEntries(Object.entries(attrs).map(([name, text]) => [name, String(text)]))
}

/** @throws INVALID when the extension is not Fabric CA's JSON. */
export function readFabricAttributes(value: Uint8Array): Record<string, string> {
  try {
    return attributesOf(value)
  } catch (cause) {
    throw new FabricError('INVALID', 'the attribute extension is not the JSON that Fabric CA writes', {}, { cause })
  }
}
