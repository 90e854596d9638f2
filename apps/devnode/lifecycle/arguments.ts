/** Arguments and results of `_lifecycle`, between fabric-protos and the records of the state. */
import { peer } from '@hyperledger/fabric-protos'
import type { Definition, Parameters } from './parameters.ts'
import type { ApprovedDefinition } from './sequences.ts'

const protos = peer.lifecycle

/** What approving, committing and checking readiness name alike. */
export interface DefinitionArgs {
  getSequence(): number
  getVersion(): string
  getEndorsementPlugin(): string
  getValidationPlugin(): string
  getValidationParameter_asU8(): Uint8Array
  getInitRequired(): boolean
  getCollections(): peer.CollectionConfigPackage | undefined
}

/** What every answer about a definition holds. */
interface DefinitionResult {
  setSequence(value: number): void
  setVersion(value: string): void
  setEndorsementPlugin(value: string): void
  setValidationPlugin(value: string): void
  setValidationParameter(value: Uint8Array): void
  setInitRequired(value: boolean): void
  setCollections(value: peer.CollectionConfigPackage): void
}

export function definitionOf(args: DefinitionArgs): Definition {
  const endorsement = new protos.ChaincodeEndorsementInfo()
  endorsement.setVersion(args.getVersion())
  endorsement.setEndorsementPlugin(args.getEndorsementPlugin())
  endorsement.setInitRequired(args.getInitRequired())
  const validation = new protos.ChaincodeValidationInfo()
  validation.setValidationPlugin(args.getValidationPlugin())
  validation.setValidationParameter(args.getValidationParameter_asU8())
  const collections = args.getCollections() ?? new peer.CollectionConfigPackage()
  return { sequence: args.getSequence(), endorsement, validation, collections }
}

export function packageIdOfSource(source: peer.lifecycle.ChaincodeSource | undefined): string {
  return source?.getLocalPackage()?.getPackageId() ?? ''
}

export function fillDefinition<R extends DefinitionResult>(
  result: R,
  definition: Parameters & { sequence: number },
): R {
  const { sequence, endorsement, validation, collections } = definition
  result.setSequence(sequence)
  result.setVersion(endorsement.getVersion())
  result.setEndorsementPlugin(endorsement.getEndorsementPlugin())
  result.setValidationPlugin(validation.getValidationPlugin())
  result.setValidationParameter(validation.getValidationParameter_asU8())
  result.setInitRequired(endorsement.getInitRequired())
  result.setCollections(collections)
  return result
}

export function fillApproved<R extends DefinitionResult & { setSource(value: peer.lifecycle.ChaincodeSource): void }>(
  result: R,
  definition: ApprovedDefinition,
): R {
  const source = new protos.ChaincodeSource()
  if (definition.packageId === '') {
    source.setUnavailable(new protos.ChaincodeSource.Unavailable())
  } else {
    const local = new protos.ChaincodeSource.Local()
    local.setPackageId(definition.packageId)
    source.setLocalPackage(local)
  }
  fillDefinition(result, definition)
  result.setSource(source)
  return result
}
