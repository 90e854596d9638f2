import type { peer } from '@hyperledger/fabric-protos'
import type { ChannelConfig } from '../config/channel-config.ts'
import { withReason } from '../config/update-rules.ts'
import type { Invocation } from '../contracts/contract.ts'
import { definitionIfDefined } from './definitions.ts'
import { publicState } from './state-views.ts'
import { checkAgainstCommitted, checkCollections, checkNames, staticCollections } from './validate-definition.ts'

/** Where Fabric's lifecycle of version 1 kept its contracts. */
const legacyNamespace = 'lscc'

/**
 * Checks what is approved or committed against the channel and against what is committed already, whose reading is part of
 * the transaction's read set. @throws Error in Fabric's words
 */
export function checkDefinition(
  name: string,
  version: string,
  proposed: peer.CollectionConfigPackage | undefined,
  invocation: Invocation,
): { readonly config: ChannelConfig } {
  return withReason('error validating chaincode definition', () => {
    checkNames(name, version)
    const collections = staticCollections(proposed)
    const config = invocation.channel?.config
    if (!config) throw new Error("could not get channelconfig for channel ''")
    checkCollections(collections, config)
    const committed = withReason(`could not retrieve committed definition for chaincode '${name}'`, () =>
      withReason('could not get info about chaincode', () => definitionIfDefined(publicState(invocation), name)),
    )
    if (committed) checkAgainstCommitted(collections, staticCollections(committed.collections))
    // What the lifecycle does not know, Fabric looks for where that of version 1 would have it.
    else invocation.simulator?.get(legacyNamespace, name)
    return { config }
  })
}
