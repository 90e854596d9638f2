/**
 * Certificate requests (PKCS #10): the member makes the key and asks, the organization answers. A request proves that
 * its sender holds the key; everything else in it is a wish, and only what is listed here is read.
 */
import { FabricError } from '../errors.ts'
import { isSignedBy, signObject } from './certificate.ts'
import {
  element,
  expectTag,
  objectIdentifier,
  readChildren,
  readElement,
  readObjectIdentifier,
  sequence,
  setOf,
  tagged,
  tags,
} from './der.ts'
import { decodeExtensions, encodeExtension, extensionOids, hostNames, readHostNames } from './extensions.ts'
import { privateKeyOf, publicKeyInfoOf, publicKeyOf } from './keys.ts'
import { decodeName, encodeSubject, namesOfType, type Subject } from './names.ts'
import { derOf, pemOf } from './pem.ts'

const extensionRequest = '1.2.840.113549.1.9.14'

export interface SigningRequestOptions {
  readonly subject: Subject
  /** Host names and addresses to ask for, for a TLS certificate. */
  readonly hosts?: readonly string[]
  /** PKCS#8 PEM, P-256; it signs the request and does not leave its owner. */
  readonly privateKey: string
}

/** @returns a request, PEM `CERTIFICATE REQUEST`, that the organization's side takes with `readSigningRequest` */
export function createSigningRequest({ subject, hosts = [], privateKey }: SigningRequestOptions): string {
  const wishes = hosts.length > 0 ? [sequence(encodeExtension(hostNames(hosts)))] : []
  const attributes = wishes.map((list) => sequence(objectIdentifier(extensionRequest), setOf(list)))
  const signed = sequence(
    element(tags.integer, Uint8Array.of(0)), // version 1, the only one
    encodeSubject(subject),
    publicKeyInfoOf(privateKey),
    tagged(0, ...attributes),
  )
  return pemOf('CERTIFICATE REQUEST', signObject(signed, privateKeyOf(privateKey)))
}

export interface SigningRequest {
  readonly publicKeyInfo: Uint8Array
  /** The common name asked for. */
  readonly name: string
  /** Host names and addresses asked for: check them before they go into a TLS certificate. */
  readonly hosts: readonly string[]
  /** Parts of the subject that were not taken, as `OU=admin`: for a message, never for the certificate. */
  readonly ignored: readonly string[]
}

function requestedHosts(attributes: Uint8Array): string[] {
  for (const attribute of readChildren(attributes)) {
    const [type, values] = readChildren(attribute.content)
    if (readObjectIdentifier(type) !== extensionRequest) continue
    const [list] = readChildren(expectTag(values, tags.set).content)
    const wanted = decodeExtensions(expectTag(list, tags.sequence).content)
    const hosts = wanted.find(({ oid }) => oid === extensionOids.hosts)
    return hosts ? readHostNames(hosts.value) : []
  }
  return []
}

/**
 * Checks a request (P-256 key, signature made by that key with SHA-256) and takes the key, the common name and the hosts
 * out of it. The role, units and attributes of the certificate are the issuer's to give: `issueEnrolment`, `issueTls`.
 * @throws INVALID for another key type, several or no common names, or what is no request; DENIED for a wrong signature
 */
export function readSigningRequest(pem: string): SigningRequest {
  const der = derOf('CERTIFICATE REQUEST', pem)
  const [signed] = readChildren(readElement(der, tags.sequence).content)
  const [, subject, publicKey, attributes] = readChildren(expectTag(signed, tags.sequence).content)
  const publicKeyInfo = expectTag(publicKey, tags.sequence).raw
  publicKeyOf(publicKeyInfo)
  if (!isSignedBy(der, publicKeyInfo)) {
    throw new FabricError('DENIED', 'the request is not signed by the key that it holds', {
      next: 'Make the request again with the private key of the same pair, ECDSA with SHA-256.',
    })
  }
  const parts = decodeName(expectTag(subject, tags.sequence).raw)
  const [name, ...more] = namesOfType(parts, 'CN')
  if (name === undefined || name === '' || more.length > 0) {
    throw new FabricError('INVALID', 'a request needs exactly one common name')
  }
  return {
    publicKeyInfo,
    name,
    hosts: attributes?.tag === 0xa0 ? requestedHosts(attributes.content) : [],
    ignored: parts.filter(({ type }) => type !== 'CN').map(({ type, value }) => `${type}=${value}`),
  }
}
