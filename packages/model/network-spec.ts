import { z } from 'zod'
import { ChannelSpec } from './channel.ts'
import { DomainName, HostName, MspId, NetworkName, NodeName, OrganizationName } from './names.ts'
import { networkSpecProblems } from './network-rules.ts'

/** Who looks after a node: `ours` runs here; others' nodes come later and are refused as unsupported. */
export const NodeSpecInDocument = z.strictObject({
  name: NodeName,
  run: z.enum(['ours', 'theirs', 'observed']).default('ours'),
  /** Where it runs; default: the network's host. Fixed once made. */
  host: HostName.optional(),
})

export const OrganizationSpec = z.strictObject({
  name: OrganizationName,
  /** Default: the name with `MSP` appended. Fixed once made. */
  mspId: MspId.optional(),
  /** Default: `<name>.<network>.cello` in lower case. Fixed once made. */
  domain: DomainName.optional(),
  custody: z.enum(['ours', 'theirs']).default('ours'),
  orderers: z.array(NodeSpecInDocument).max(50).default([]),
  peers: z.array(NodeSpecInDocument).max(100).default([]),
})
export type OrganizationSpec = z.infer<typeof OrganizationSpec>

/** What the nodes of a network are: Hyperledger Fabric; our devnode, for development; the fakes, for tests of Cello itself. */
export const RuntimeKind = z.enum(['fabric', 'devnode', 'fake'])
export type RuntimeKind = z.infer<typeof RuntimeKind>

/** `auto` is answered at creation by what is found on the host, and what was found is recorded. */
export const RuntimeSpec = z.strictObject({
  kind: z.enum(['auto', ...RuntimeKind.options]).default('auto'),
  /** Fabric's, such as 3.1.5; default: the one chosen for the host, else the first that is found. */
  version: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/, 'write a version such as 3.1.5')
    .optional(),
})
export type RuntimeSpec = z.infer<typeof RuntimeSpec>

/** The wanted state of a network: a document that can be read, edited and applied again. */
export const NetworkSpec = z
  .strictObject({
    name: NetworkName,
    runtime: RuntimeSpec.prefault({}),
    host: HostName.prefault('local'),
    organizations: z.array(OrganizationSpec).min(1).max(50),
    channels: z.array(ChannelSpec).max(50).default([]),
  })
  .superRefine((spec, context) => {
    for (const problem of networkSpecProblems(spec)) {
      context.addIssue({ code: 'custom', path: [...problem.path], message: problem.message })
    }
  })
export type NetworkSpec = z.infer<typeof NetworkSpec>
/** What a caller may write: defaults left out. */
export type NetworkSpecInput = z.input<typeof NetworkSpec>
