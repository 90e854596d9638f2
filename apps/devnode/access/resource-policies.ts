/** Fabric's defaults of who may do what (core/aclmgmt/defaultaclprovider.go). */

/** Whom a resource asks for that concerns the peer, not a channel: no channel's config can change it. */
export type LocalPolicy = 'Admins' | 'Members'

const readers = '/Channel/Application/Readers'
const writers = '/Channel/Application/Writers'

const local: ReadonlyMap<string, LocalPolicy> = new Map([
  ['_lifecycle/InstallChaincode', 'Admins'],
  ['_lifecycle/QueryInstalledChaincode', 'Admins'],
  ['_lifecycle/GetInstalledChaincodePackage', 'Admins'],
  ['_lifecycle/QueryInstalledChaincodes', 'Admins'],
  ['_lifecycle/ApproveChaincodeDefinitionForMyOrg', 'Admins'],
  ['_lifecycle/QueryApprovedChaincodeDefinition', 'Admins'],
  ['_lifecycle/QueryApprovedChaincodeDefinitions', 'Admins'],
  ['snapshot/submitrequest', 'Admins'],
  ['snapshot/cancelrequest', 'Admins'],
  ['snapshot/listpending', 'Admins'],
  ['lscc/Install', 'Admins'],
  ['lscc/GetInstalledChaincodes', 'Admins'],
  ['cscc/JoinChain', 'Admins'],
  ['cscc/JoinChainBySnapshot', 'Admins'],
  ['cscc/JoinBySnapshotStatus', 'Admins'],
  ['cscc/GetChannels', 'Members'],
  // The devnode's own: what happened in a transaction.
  ['_devnode/Trace', 'Admins'],
])

const channel: ReadonlyMap<string, string> = new Map([
  ['_lifecycle/CommitChaincodeDefinition', writers],
  ['_lifecycle/QueryChaincodeDefinition', writers],
  ['_lifecycle/QueryChaincodeDefinitions', writers],
  ['_lifecycle/CheckCommitReadiness', writers],
  ['lscc/ChaincodeExists', readers],
  ['lscc/GetDeploymentSpec', readers],
  ['lscc/GetChaincodeData', readers],
  ['lscc/GetInstantiatedChaincodes', readers],
  ['lscc/GetCollectionsConfig', readers],
  ['qscc/GetChainInfo', readers],
  ['qscc/GetBlockByNumber', readers],
  ['qscc/GetBlockByHash', readers],
  ['qscc/GetTransactionByID', readers],
  ['qscc/GetBlockByTxID', readers],
  ['cscc/GetConfigBlock', readers],
  ['cscc/GetChannelConfig', readers],
  ['peer/Propose', writers],
  ['peer/ChaincodeToChaincode', writers],
  ['event/Block', readers],
  ['event/FilteredBlock', readers],
  ['gateway/CommitStatus', readers],
  ['gateway/ChaincodeEvents', readers],
])

export const localPolicyOf = (resource: string): LocalPolicy | undefined => local.get(resource)

/** Path of the policy that a channel's members are asked for; undefined: nobody may. */
export const channelPolicyOf = (resource: string): string | undefined => channel.get(resource)
