/** Approving and committing definitions, sequence by sequence (core/chaincode/lifecycle/lifecycle.go). */
import type { ChannelConfig } from '../config/channel-config.ts'
import { withReason } from '../config/update-rules.ts'
import { defaultEndorsementPolicy } from './channel-policies.ts'
import {
  approvalName,
  type Definition,
  definitionRecord,
  difference,
  type Parameters,
  packageRecord,
  parametersRecord,
  readDefinition,
  readPackageId,
  readParameters,
  recordTypes,
} from './parameters.ts'
import { mismatches, type RecordMetadata, readInt64, readMetadata, writeRecord } from './record.ts'
import type { OpaqueState, ReadableState, WritableState } from './state-views.ts'

/** What an organization approved, and which package it runs for it. */
export interface ApprovedDefinition extends Definition {
  /** Empty: none, it does not run the contract. */
  readonly packageId: string
}

/** Whether each organization approved a definition, and what it approved otherwise. */
export interface Approvals {
  readonly approved: ReadonlyMap<string, boolean>
  readonly mismatches: ReadonlyMap<string, readonly string[]>
}

export interface Proposed {
  readonly name: string
  readonly definition: Definition
}

export interface Approval extends Proposed {
  readonly packageId: string
}

/** A channel's organizations, whose approvals are seen as hashes. */
export interface Voters {
  readonly config: ChannelConfig
  readonly organizations: readonly OpaqueState[]
}

const space = 'namespaces'

/** Records an organization's approval of the committed sequence or of the next one. @throws Error in Fabric's words */
export function approve(
  { name, definition: proposed, packageId }: Approval,
  config: ChannelConfig,
  state: ReadableState,
  approvals: WritableState,
): void {
  const current = currentSequence(state, name)
  const { sequence } = proposed
  checkApprovable(current, sequence)
  const definition = withDefaults(proposed, config)
  const approval = approvalName(name, sequence)
  if (sequence === current) {
    checkUnchanged(name, definition, state)
    if (isApproved(approval, packageId, definition, approvals)) {
      throw new Error(`attempted to redefine the current committed sequence (${current}) for namespace ${name}`)
    }
  } else if (isApproved(approval, packageId, definition, approvals)) {
    throw new Error(
      `attempted to redefine uncommitted sequence (${sequence}) for namespace ${name} with unchanged content`,
    )
  }
  withReason('could not serialize chaincode parameters to state', () =>
    writeRecord(approvals, space, approval, parametersRecord(definition)),
  )
  withReason('could not serialize chaincode package info to state', () =>
    writeRecord(approvals, 'chaincode-sources', approval, packageRecord(packageId)),
  )
}

/** Who approved the definition, which must be the next one. @throws Error in Fabric's words */
export function commitReadiness(
  { name, definition: proposed }: Proposed,
  { config, organizations }: Voters,
  state: ReadableState,
): Approvals & { readonly definition: Definition } {
  const next = currentSequence(state, name) + 1
  if (proposed.sequence !== next) {
    throw new Error(`requested sequence is ${proposed.sequence}, but new definition must be sequence ${next}`)
  }
  const definition = withDefaults(proposed, config)
  return { ...approvalsOf(name, definition, organizations), definition }
}

/** Writes the next definition. @throws Error in Fabric's words */
export function commit(proposed: Proposed, voters: Voters, state: WritableState): Approvals {
  const { name } = proposed
  const { definition, ...approvals } = commitReadiness(proposed, voters, state)
  withReason('could not serialize chaincode definition', () =>
    writeRecord(state, space, name, definitionRecord(definition)),
  )
  return approvals
}

export function approvalsOf(name: string, definition: Definition, organizations: readonly OpaqueState[]): Approvals {
  const approval = approvalName(name, definition.sequence)
  const record = parametersRecord(definition)
  const found = organizations.map((state): [string, readonly string[]] => [
    state.mspId,
    withReason(`serialization check failed for key ${approval}`, () => mismatches(state, space, approval, record)),
  ])
  return {
    approved: new Map(found.map(([mspId, items]) => [mspId, items.length === 0])),
    mismatches: new Map(found.filter(([, items]) => items.length > 0)),
  }
}

/** @param sequence 0: the next one if it is approved, else the committed one @throws Error in Fabric's words */
export function approvedDefinition(
  channel: string,
  { name, sequence }: { readonly name: string; readonly sequence: number },
  state: ReadableState,
  approvals: ReadableState,
): ApprovedDefinition {
  const wanted = sequence === 0 ? newestApproved(name, state, approvals) : sequence
  const approval = approvalName(name, wanted)
  const metadata = withReason(`could not deserialize namespace metadata for ${approval}`, () =>
    readMetadata(approvals, space, approval),
  )
  if (!metadata) {
    throw new Error(
      `could not fetch approved chaincode definition (name: '${name}', sequence: '${wanted}') on channel '${channel}'`,
    )
  }
  return readApproval(name, wanted, metadata, approvals)
}

/** @throws Error in Fabric's words */
export function readApproval(
  name: string,
  sequence: number,
  metadata: RecordMetadata,
  approvals: ReadableState,
): ApprovedDefinition {
  if (metadata.type !== recordTypes.parameters) {
    throw new Error(`not a chaincode parameters type: ${metadata.type}`)
  }
  const approval = approvalName(name, sequence)
  const parameters = withReason(`could not deserialize chaincode parameters for ${approval}`, () =>
    readParameters(approvals, approval),
  )
  const source = withReason(`could not deserialize chaincode-source metadata for ${approval}`, () =>
    readMetadata(approvals, 'chaincode-sources', approval),
  )
  if (!source) throw new Error(`could not fetch chaincode-source metadata for ${approval}`)
  if (source.type !== recordTypes.localPackage) {
    throw new Error(`not a chaincode local package type: ${source.type}`)
  }
  const packageId = withReason(`could not deserialize chaincode package for ${approval}`, () =>
    readPackageId(approvals, approval),
  )
  return { sequence, ...parameters, packageId }
}

function currentSequence(state: ReadableState, name: string): number {
  return withReason('could not get current sequence', () => readInt64(state, space, name, 'Sequence'))
}

function newestApproved(name: string, state: ReadableState, approvals: ReadableState): number {
  const current = currentSequence(state, name)
  const next = withReason(`could not deserialize namespace metadata for next sequence ${current + 1}`, () =>
    readMetadata(approvals, space, approvalName(name, current + 1)),
  )
  return next ? current + 1 : current
}

function checkApprovable(current: number, requested: number): void {
  if (current === requested && requested === 0) {
    throw new Error('requested sequence is 0, but first definable sequence number is 1')
  }
  if (requested < current) {
    throw new Error(`currently defined sequence ${current} is larger than requested sequence ${requested}`)
  }
  if (requested > current + 1) {
    throw new Error(`requested sequence ${requested} is larger than the next available sequence number ${current + 1}`)
  }
}

function withDefaults(definition: Definition, config: ChannelConfig): Definition {
  const { endorsement, validation } = definition
  if (endorsement.getEndorsementPlugin() === '') endorsement.setEndorsementPlugin('escc')
  if (validation.getValidationPlugin() === '') validation.setValidationPlugin('vscc')
  if (validation.getValidationParameter_asU8().length === 0) {
    validation.setValidationParameter(
      withReason(`could not set defaults for chaincode definition in channel ${config.channel}`, () =>
        defaultEndorsementPolicy(config),
      ),
    )
  }
  return definition
}

/** Of a committed sequence only the package may still be chosen. */
function checkUnchanged(name: string, proposed: Definition, state: ReadableState): void {
  const metadata = withReason('could not fetch metadata for current definition', () => readMetadata(state, space, name))
  if (!metadata) throw new Error(`missing metadata for currently committed sequence number (${proposed.sequence})`)
  const committed = withReason(`could not deserialize namespace ${name} as chaincode`, () => {
    checkType(metadata, recordTypes.definition)
    return readDefinition(state, name)
  })
  const found = difference(committed, proposed)
  if (found === undefined) return
  throw new Error(
    `attempted to redefine the current committed sequence (${proposed.sequence}) for namespace ${name} with different parameters: ${found}`,
  )
}

export function checkType(metadata: RecordMetadata, type: string): void {
  if (metadata.type !== type) throw new Error(`type name mismatch '${type}' != '${metadata.type}'`)
}

/** Whether the very same was approved before, with the same package. */
function isApproved(approval: string, packageId: string, proposed: Parameters, approvals: ReadableState): boolean {
  const metadata = readMetadata(approvals, space, approval)
  if (!metadata) return false
  const before = withReason(`could not deserialize namespace ${approval} as chaincode`, () => {
    checkType(metadata, recordTypes.parameters)
    return readParameters(approvals, approval)
  })
  if (difference(before, proposed) !== undefined) return false
  if (!readMetadata(approvals, 'chaincode-sources', approval)) return false
  return readPackageId(approvals, approval) === packageId
}
