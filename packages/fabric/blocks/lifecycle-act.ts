import { peer } from '@hyperledger/fabric-protos'
import { decode } from '../codec/decode.ts'
import { type ContractDefinition, type DefinitionAnswer, readDefinition } from '../lifecycle/definition.ts'

const protos = peer.lifecycle

interface DefinitionRecord {
  readonly definition: Partial<ContractDefinition>
  /** Why policies and collections are not in `definition`: one of them is of a newer Fabric, or none at all. */
  readonly problem?: string
}

/** What a transaction of `_lifecycle` did, in words. */
export type LifecycleAct =
  | (DefinitionRecord & {
      readonly act: 'approve'
      /** The organization that approved. */
      readonly organization: string
      /** Absent: approved without a package. */
      readonly packageId?: string
    })
  | (DefinitionRecord & { readonly act: 'commit' })

/** @param args of the call, function name first. @returns undefined for a call that changes no definition */
export function lifecycleAct(args: readonly Uint8Array[], creatorMspId: string): LifecycleAct | undefined {
  const [name, message] = args
  if (!name || !message) return undefined
  switch (Buffer.from(name).toString('utf8')) {
    case 'ApproveChaincodeDefinitionForMyOrg': {
      const found = decode(protos.ApproveChaincodeDefinitionForMyOrgArgs, message)
      const packageId = found.getSource()?.getLocalPackage()?.getPackageId()
      const definition = definitionOf(found.getName(), found)
      return { act: 'approve', organization: creatorMspId, ...definition, ...(packageId ? { packageId } : {}) }
    }
    case 'CommitChaincodeDefinition': {
      const found = decode(protos.CommitChaincodeDefinitionArgs, message)
      return { act: 'commit', ...definitionOf(found.getName(), found) }
    }
    default:
      return undefined
  }
}

/** What was asked for: fields left to Fabric's defaults are left out. */
function definitionOf(name: string, found: DefinitionAnswer): DefinitionRecord {
  try {
    const { endorsementPolicy, endorsementPlugin, validationPlugin, ...rest } = readDefinition(name, found)
    return {
      definition: {
        ...rest,
        ...(found.getValidationParameter_asU8().length > 0 ? { endorsementPolicy } : {}),
        ...(endorsementPlugin ? { endorsementPlugin } : {}),
        ...(validationPlugin ? { validationPlugin } : {}),
      },
    }
  } catch (error) {
    const [version, sequence, initRequired] = [found.getVersion(), found.getSequence(), found.getInitRequired()]
    const problem = error instanceof Error ? error.message : String(error)
    return { definition: { name, version, sequence, initRequired }, problem }
  }
}
