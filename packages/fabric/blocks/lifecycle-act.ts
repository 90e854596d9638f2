import { peer } from '@hyperledger/fabric-protos'
import { decode } from '../codec/decode.ts'
import { type ContractDefinition, type DefinitionAnswer, readDefinition } from '../lifecycle/definition.ts'

const protos = peer.lifecycle

/** What a transaction of `_lifecycle` did, in words. */
export type LifecycleAct =
  | {
      readonly act: 'approve'
      /** The organization that approved. */
      readonly organization: string
      readonly definition: Partial<ContractDefinition>
      /** Absent: approved without a package. */
      readonly packageId?: string
    }
  | { readonly act: 'commit'; readonly definition: Partial<ContractDefinition> }

/** @param args of the call, function name first. @returns undefined for a call that changes no definition */
export function lifecycleAct(args: readonly Uint8Array[], creatorMspId: string): LifecycleAct | undefined {
  const [name, message] = args
  if (!name || !message) return undefined
  switch (Buffer.from(name).toString('utf8')) {
    case 'ApproveChaincodeDefinitionForMyOrg': {
      const found = decode(protos.ApproveChaincodeDefinitionForMyOrgArgs, message)
      const packageId = found.getSource()?.getLocalPackage()?.getPackageId()
      const definition = definitionOf(found.getName(), found)
      return { act: 'approve', organization: creatorMspId, definition, ...(packageId ? { packageId } : {}) }
    }
    case 'CommitChaincodeDefinition': {
      const found = decode(protos.CommitChaincodeDefinitionArgs, message)
      return { act: 'commit', definition: definitionOf(found.getName(), found) }
    }
    default:
      return undefined
  }
}

/** What was asked for: fields left to Fabric's defaults are left out. */
function definitionOf(name: string, found: DefinitionAnswer): Partial<ContractDefinition> {
  const { endorsementPolicy, endorsementPlugin, validationPlugin, ...rest } = readDefinition(name, found)
  return {
    ...rest,
    ...(found.getValidationParameter_asU8().length > 0 ? { endorsementPolicy } : {}),
    ...(endorsementPlugin ? { endorsementPlugin } : {}),
    ...(validationPlugin ? { validationPlugin } : {}),
  }
}
