import { msp } from '@hyperledger/fabric-protos'
import { decode } from '../codec/decode.ts'
import { decodeLossless, utf8 } from '../codec/index.ts'
import { FabricError } from '../errors.ts'
import type { MspSpec, NodeOus, OuIdentifier } from './channel-spec.ts'

/** Fabric's own MSP; the other type, Idemix, is never written here. */
const fabricMspType = 0

/** The units that Fabric's tools put into certificates. */
export const defaultNodeOus: NodeOus = {
  client: { unit: 'client' },
  peer: { unit: 'peer' },
  admin: { unit: 'admin' },
  orderer: { unit: 'orderer' },
}

/** The MSP value of an organization's group. */
export function encodeMsp(spec: MspSpec): msp.MSPConfig {
  const config = new msp.FabricMSPConfig()
  config.setName(spec.mspId)
  const crypto = new msp.FabricCryptoConfig()
  crypto.setSignatureHashFamily('SHA2')
  crypto.setIdentityIdentifierHashFunction('SHA256')
  config.setCryptoConfig(crypto)
  applyMspChange(config, { nodeOus: defaultNodeOus, ...spec })
  return wrapMsp(config)
}

/** Sets the fields that the change names and leaves all others as they are. */
export function changeMsp(value: msp.MSPConfig, change: Partial<Omit<MspSpec, 'mspId'>>): msp.MSPConfig {
  if (value.getType() !== fabricMspType) {
    throw new FabricError('INVALID', `The organization's MSP is of type ${value.getType()}, which cannot be edited`)
  }
  const config = decodeLossless(value.getConfig_asU8(), msp.FabricMSPConfig)
  applyMspChange(config, change)
  return wrapMsp(config)
}

/** The organization's MSP for reading; undefined for an MSP that is not Fabric's own. */
export function decodeMsp(value: msp.MSPConfig): MspSpec | undefined {
  if (value.getType() !== fabricMspType) return undefined
  const config = decode(msp.FabricMSPConfig, value.getConfig_asU8())
  return {
    mspId: config.getName(),
    rootCertificates: texts(config.getRootCertsList_asU8()),
    intermediateCertificates: texts(config.getIntermediateCertsList_asU8()),
    tlsRootCertificates: texts(config.getTlsRootCertsList_asU8()),
    tlsIntermediateCertificates: texts(config.getTlsIntermediateCertsList_asU8()),
    revocationLists: texts(config.getRevocationListList_asU8()),
    admins: texts(config.getAdminsList_asU8()),
    nodeOus: decodeNodeOus(config.getFabricNodeOus()),
  }
}

function applyMspChange(config: msp.FabricMSPConfig, change: Partial<MspSpec>): void {
  if (change.rootCertificates) config.setRootCertsList(bytes(change.rootCertificates))
  if (change.intermediateCertificates) config.setIntermediateCertsList(bytes(change.intermediateCertificates))
  if (change.tlsRootCertificates) config.setTlsRootCertsList(bytes(change.tlsRootCertificates))
  if (change.tlsIntermediateCertificates) config.setTlsIntermediateCertsList(bytes(change.tlsIntermediateCertificates))
  if (change.revocationLists) config.setRevocationListList(bytes(change.revocationLists))
  if (change.admins) config.setAdminsList(bytes(change.admins))
  if (change.nodeOus === false) config.clearFabricNodeOus()
  else if (change.nodeOus) config.setFabricNodeOus(encodeNodeOus(change.nodeOus))
}

function encodeNodeOus(ous: NodeOus): msp.FabricNodeOUs {
  const message = new msp.FabricNodeOUs()
  message.setEnable(true)
  message.setClientOuIdentifier(encodeOu(ous.client))
  message.setPeerOuIdentifier(encodeOu(ous.peer))
  message.setAdminOuIdentifier(encodeOu(ous.admin))
  message.setOrdererOuIdentifier(encodeOu(ous.orderer))
  return message
}

function encodeOu(ou: OuIdentifier | undefined): msp.FabricOUIdentifier | undefined {
  if (!ou) return undefined
  const message = new msp.FabricOUIdentifier()
  message.setOrganizationalUnitIdentifier(ou.unit)
  message.setCertificate(utf8(ou.certificate ?? ''))
  return message
}

function decodeNodeOus(message: msp.FabricNodeOUs | undefined): NodeOus | false {
  if (!message?.getEnable()) return false
  const parts = {
    client: decodeOu(message.getClientOuIdentifier()),
    peer: decodeOu(message.getPeerOuIdentifier()),
    admin: decodeOu(message.getAdminOuIdentifier()),
    orderer: decodeOu(message.getOrdererOuIdentifier()),
  }
  return Object.fromEntries(Object.entries(parts).filter(([, ou]) => ou !== undefined))
}

function decodeOu(message: msp.FabricOUIdentifier | undefined): OuIdentifier | undefined {
  if (!message) return undefined
  const certificate = text(message.getCertificate_asU8())
  return { unit: message.getOrganizationalUnitIdentifier(), ...(certificate === '' ? {} : { certificate }) }
}

function wrapMsp(config: msp.FabricMSPConfig): msp.MSPConfig {
  const value = new msp.MSPConfig()
  value.setType(fabricMspType)
  value.setConfig(config.serializeBinary())
  return value
}

function bytes(list: readonly string[]): Uint8Array[] {
  return list.map(utf8)
}

function texts(list: readonly Uint8Array[]): string[] {
  return list.map(text)
}

function text(content: Uint8Array): string {
  return new TextDecoder().decode(content)
}
