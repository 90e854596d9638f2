import { readCertificate } from '../identity/certificate.ts'
import { verifyingKeyOf } from '../identity/keys.ts'
import { firstPemOf } from '../identity/pem.ts'
import { algorithmOfSigned } from '../identity/signature-algorithm.ts'
import { isEndpoint, isUint32, require } from './basic-checks.ts'
import type { BftConsenter, RaftConsenter } from './channel-spec.ts'

/** @throws FabricError INVALID. */
export function checkRaftConsenters(consenters: readonly RaftConsenter[]): void {
  require(consenters.length > 0, 'Raft needs at least one consenter')
  checkAddresses(consenters)
  const each = consenters.map((one) => new Set([one.clientTlsCertificate, one.serverTlsCertificate]))
  const all = each.flatMap((certificates) => [...certificates])
  require(new Set(all).size === all.length, 'two consenters have the same TLS certificate')
}

/**
 * Orderers take any BFT consenter. One that they cannot read, or whose MSP the channel lacks, halts the channel for good, and
 * an identity that they cannot normalize ends the orderers themselves (orderer/consensus/smartbft/util.go,
 * `remoteNodesFromConfigBlock`).
 * @param mspIds of the organizations of the channel
 * @throws FabricError INVALID.
 */
export function checkBftConsenters(consenters: readonly BftConsenter[], mspIds: readonly string[]): void {
  require(consenters.length > 0, 'BFT needs at least one consenter; 3f + 1 to bear f failures')
  checkAddresses(consenters)
  for (const { id, host } of consenters) {
    require(isUint32(id) && id > 0, `consenter ${host} needs an id from 1 to 4294967295`)
  }
  require(new Set(consenters.map((each) => each.id)).size === consenters.length, 'two consenters have the same id')
  const identities = consenters.map((each) => each.identity)
  require(new Set(identities).size === consenters.length, 'two consenters have the same identity certificate')
  for (const { host, port, mspId, ...certificates } of consenters) {
    const name = `consenter ${host}:${port}`
    require(mspIds.includes(mspId), `${name} is of the MSP '${mspId}', which the channel does not have`)
    const { identity, clientTlsCertificate, serverTlsCertificate } = certificates
    const tls = [clientTlsCertificate, serverTlsCertificate].map(factsOf)
    const own = factsOf(identity)
    require(own !== undefined && !tls.includes(undefined), `${name} has a certificate that is none`)
    require(own.keyType === 'ec' &&
      own.isEcdsa, `the identity of ${name} must have an ECDSA key and be certified with one`)
  }
}

function factsOf(text: string): { readonly keyType: string | undefined; readonly isEcdsa: boolean } | undefined {
  try {
    const { der, publicKeyInfo } = readCertificate(firstPemOf('CERTIFICATE', text))
    const keyType = verifyingKeyOf(publicKeyInfo).asymmetricKeyType
    return { keyType, isEcdsa: algorithmOfSigned(der)?.isEcdsa === true }
  } catch {
    return undefined
  }
}

function checkAddresses(consenters: readonly RaftConsenter[]): void {
  for (const { host, port, clientTlsCertificate, serverTlsCertificate } of consenters) {
    require(isEndpoint(`${host}:${port}`), `consenter '${host}:${port}' has no address; write IPv6 as [::1]`)
    require(clientTlsCertificate !== '' &&
      serverTlsCertificate !== '', `consenter ${host}:${port} lacks a TLS certificate`)
  }
  const addresses = new Set(consenters.map(({ host, port }) => `${host}:${port}`))
  require(addresses.size === consenters.length, 'two consenters have the same address')
}
