/** Definitions that are committed, as the rest of the peer reads them. */
import { withReason } from '../config/update-rules.ts'
import type { StateReader } from '../state/world-state.ts'
import type { ContractDefinition } from './definition.ts'
import { type Definition, readDefinition, recordTypes } from './parameters.ts'
import { readAllMetadata, readMetadata } from './record.ts'
import { committedState, lifecycleNamespace, type ReadableState } from './state-views.ts'

/** Undefined: nothing is committed under this name. @throws Error in Fabric's words where it is no contract's */
export function definitionIfDefined(state: ReadableState, name: string): Definition | undefined {
  const metadata = withReason(`could not deserialize metadata for chaincode ${name}`, () =>
    readMetadata(state, 'namespaces', name),
  )
  if (!metadata) return undefined
  if (metadata.type !== recordTypes.definition) throw new Error(`not a chaincode type: ${metadata.type}`)
  return withReason(`could not deserialize chaincode definition for chaincode ${name}`, () =>
    readDefinition(state, name),
  )
}

export function readContractDefinition(reader: StateReader, name: string): ContractDefinition | undefined {
  const found = definitionIfDefined(committedState(reader), name)
  return found && contractDefinition(name, found)
}

/** As `readContractDefinition`: of committed state, read anew only when `_lifecycle` has changed there. */
export function rememberedDefinitions(): typeof readContractDefinition {
  const known = new WeakMap<
    StateReader,
    { readonly changes: number; readonly byName: Map<string, ContractDefinition> }
  >()
  return (reader, name) => {
    const changes = reader.changes?.(lifecycleNamespace)
    if (changes === undefined) return readContractDefinition(reader, name)
    const earlier = known.get(reader)
    const now = earlier?.changes === changes ? earlier : { changes, byName: new Map<string, ContractDefinition>() }
    known.set(reader, now)
    const found = now.byName.get(name) ?? readContractDefinition(reader, name)
    // Names that nobody defined are not worth remembering: anybody may ask for any.
    if (found) now.byName.set(name, found)
    return found
  }
}

/** Names of all contracts that are committed, in their order. */
export function definedNames(reader: StateReader): readonly string[] {
  return [...readAllMetadata(committedState(reader), 'namespaces')]
    .filter(([, { type }]) => type === recordTypes.definition)
    .map(([name]) => name)
}

function contractDefinition(name: string, definition: Definition): ContractDefinition {
  const { sequence, endorsement, validation, collections } = definition
  return {
    name,
    sequence,
    version: endorsement.getVersion(),
    endorsementPlugin: endorsement.getEndorsementPlugin(),
    validationPlugin: validation.getValidationPlugin(),
    validationParameter: validation.getValidationParameter_asU8(),
    initRequired: endorsement.getInitRequired(),
    collections: collections.getConfigList().flatMap((config) => config.getStaticCollectionConfig() ?? []),
  }
}
