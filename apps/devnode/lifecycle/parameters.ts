/** What organizations agree on about a contract, and how it lies in the state. */
import { decode } from '@cello/fabric/codec'
import { peer } from '@hyperledger/fabric-protos'
import { type FieldValue, type RecordSpace, readBytes, readInt64, readText, type StateRecord } from './record.ts'
import type { ReadableState } from './state-views.ts'

const { ChaincodeEndorsementInfo, ChaincodeValidationInfo } = peer.lifecycle

/** A definition without its sequence. */
export interface Parameters {
  readonly endorsement: peer.lifecycle.ChaincodeEndorsementInfo
  readonly validation: peer.lifecycle.ChaincodeValidationInfo
  readonly collections: peer.CollectionConfigPackage
}

export interface Definition extends Parameters {
  readonly sequence: number
}

/** Names of Fabric's types: they are in the state. */
export const recordTypes = {
  definition: 'ChaincodeDefinition',
  parameters: 'ChaincodeParameters',
  localPackage: 'ChaincodeLocalPackage',
} as const

const space: RecordSpace = 'namespaces'

export const definitionRecord = (definition: Definition): StateRecord => ({
  type: recordTypes.definition,
  fields: [['Sequence', { int64: definition.sequence }], ...parameterFields(definition)],
})

export const parametersRecord = (parameters: Parameters): StateRecord => ({
  type: recordTypes.parameters,
  fields: parameterFields(parameters),
})

/** Which package an organization runs for what it approved; an empty id: none. */
export const packageRecord = (id: string): StateRecord => ({
  type: recordTypes.localPackage,
  fields: [['PackageID', { text: id }]],
})

function parameterFields({ endorsement, validation, collections }: Parameters): [string, FieldValue][] {
  return [
    ['EndorsementInfo', { bytes: endorsement.serializeBinary() }],
    ['ValidationInfo', { bytes: validation.serializeBinary() }],
    ['Collections', { bytes: collections.serializeBinary() }],
  ]
}

export function readDefinition(state: ReadableState, name: string): Definition {
  return { sequence: readInt64(state, space, name, 'Sequence'), ...readParameters(state, name) }
}

export function readParameters(state: ReadableState, name: string): Parameters {
  const bytes = (field: string) => readBytes(state, space, name, field)
  return {
    endorsement: decode(ChaincodeEndorsementInfo, bytes('EndorsementInfo')),
    validation: decode(ChaincodeValidationInfo, bytes('ValidationInfo')),
    collections: decode(peer.CollectionConfigPackage, bytes('Collections')),
  }
}

export const readPackageId = (state: ReadableState, name: string): string =>
  readText(state, 'chaincode-sources', name, 'PackageID')

/** An organization's approvals are kept by contract and sequence. */
export const approvalName = (name: string, sequence: number): string => `${name}#${sequence}`

/** What differs between what was agreed on and what is proposed, in Fabric's words; undefined: nothing. */
export function difference(expected: Parameters, passed: Parameters): string | undefined {
  const [oldInfo, newInfo] = [expected.endorsement, passed.endorsement]
  const [oldRule, newRule] = [expected.validation, passed.validation]
  const hex = (info: peer.lifecycle.ChaincodeValidationInfo) =>
    Buffer.from(info.getValidationParameter_asU8()).toString('hex')
  const compared: readonly (readonly [string, string | boolean, string | boolean])[] = [
    ['Version', oldInfo.getVersion(), newInfo.getVersion()],
    ['EndorsementPlugin', oldInfo.getEndorsementPlugin(), newInfo.getEndorsementPlugin()],
    ['InitRequired', oldInfo.getInitRequired(), newInfo.getInitRequired()],
    ['ValidationPlugin', oldRule.getValidationPlugin(), newRule.getValidationPlugin()],
    ['ValidationParameter', hex(oldRule), hex(newRule)],
  ]
  const found = compared.find(([, before, now]) => before !== now)
  if (found) {
    const [name, before, now] = found
    return `expected ${name} '${String(before)}' does not match passed ${name} '${String(now)}'`
  }
  const same = Buffer.compare(expected.collections.serializeBinary(), passed.collections.serializeBinary()) === 0
  return same ? undefined : 'Collections do not match'
}
