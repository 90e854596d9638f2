import { z } from 'zod'

/*
 * Names that callers choose. Each pattern is narrow enough that a name can stand in a path, a host name, a label and a
 * command line as it is; nothing is ever escaped because nothing needs to be.
 */

/** A network, unique in this Cello. Lower case, digits, hyphens; starts with a letter; at most 40. */
export const NetworkName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'use 1–40 lower-case letters, digits and hyphens, starting with a letter')
  .brand('NetworkName')
export type NetworkName = z.infer<typeof NetworkName>

/** An organization, unique in its network; also its default MSP id with `MSP` appended. */
export const OrganizationName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{0,29}$/, 'use 1–30 letters, digits and hyphens, starting with a letter')
  .brand('OrganizationName')
export type OrganizationName = z.infer<typeof OrganizationName>

/** Fabric's MSP id. */
export const MspId = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9.-]{0,39}$/, 'use 1–40 letters, digits, dots and hyphens, starting with a letter')
  .brand('MspId')
export type MspId = z.infer<typeof MspId>

/** A node, unique in its organization; a DNS label. */
export const NodeName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,29}$/, 'use 1–30 lower-case letters, digits and hyphens, starting with a letter')
  .brand('NodeName')
export type NodeName = z.infer<typeof NodeName>

/** A channel: Fabric's own rule (configtx validator: `[a-z][a-z0-9.-]*`, under 250), made shorter for paths. */
export const ChannelName = z
  .string()
  .regex(/^[a-z][a-z0-9.-]{0,99}$/, 'use 1–100 lower-case letters, digits, dots and hyphens, starting with a letter')
  .brand('ChannelName')
export type ChannelName = z.infer<typeof ChannelName>

/** A contract: Fabric's rule for chaincode names, at most 60. */
export const ContractName = z
  .string()
  .max(60)
  .regex(/^[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*$/, 'use letters and digits, with single hyphens or underscores between')
  .refine((name) => !['_lifecycle', 'lscc', 'cscc', 'qscc', 'vscc', 'escc'].includes(name), 'that is a system contract')
  .brand('ContractName')
export type ContractName = z.infer<typeof ContractName>

/** A contract's version: Fabric's rule for chaincode versions. */
export const ContractVersion = z.string().regex(/^[A-Za-z0-9_.+-]{1,60}$/, 'use 1–60 of letters, digits and _ . + -')

/** A host, unique in this Cello. */
export const HostName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'use 1–40 lower-case letters, digits and hyphens, starting with a letter')
  .brand('HostName')
export type HostName = z.infer<typeof HostName>

/** A domain that node host names are put under: `peer0.org1.example.com`. */
export const DomainName = z
  .string()
  .max(120)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/, 'use a DNS name in lower case')

/** A row id: UUIDv7, see kit/ids. */
export const Id = z.uuid()

/** `Org1/peer0`: one node of a network, as documents and commands name it. */
export const NodeRef = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{0,29}\/[a-z][a-z0-9-]{0,29}$/, 'write it as Organization/node, such as Org1/peer0')
export type NodeRef = z.infer<typeof NodeRef>
