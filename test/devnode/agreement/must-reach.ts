/** What the scenarios together must reach, as their recordings tell. */

const rpcs = [
  'AtomicBroadcast/Broadcast',
  'AtomicBroadcast/Deliver',
  'Endorser/ProcessProposal',
  'Deliver/Deliver',
  'Deliver/DeliverFiltered',
  'Deliver/DeliverWithPrivateData',
  'Gateway/Evaluate',
  'Gateway/Endorse',
  'Gateway/Submit',
  'Gateway/CommitStatus',
  'Gateway/ChaincodeEvents',
  'Discovery/Discover',
  'participation GET',
  'participation POST',
  'participation PUT',
  'participation DELETE',
]

const systemContracts = {
  cscc: ['JoinChain', 'GetChannels', 'GetConfigBlock', 'GetChannelConfig'],
  qscc: ['GetChainInfo', 'GetBlockByNumber', 'GetBlockByHash', 'GetTransactionByID', 'GetBlockByTxID'],
  _lifecycle: [
    'InstallChaincode',
    'QueryInstalledChaincode',
    'QueryInstalledChaincodes',
    'GetInstalledChaincodePackage',
    'ApproveChaincodeDefinitionForMyOrg',
    'QueryApprovedChaincodeDefinition',
    'QueryApprovedChaincodeDefinitions',
    'CheckCommitReadiness',
    'CommitChaincodeDefinition',
    'QueryChaincodeDefinition',
    'QueryChaincodeDefinitions',
  ],
}

const codes = [
  'VALID',
  'MVCC_READ_CONFLICT',
  'PHANTOM_READ_CONFLICT',
  'ENDORSEMENT_POLICY_FAILURE',
  'DUPLICATE_TXID',
  'BAD_PROPOSAL_TXID',
  'INVALID_ENDORSER_TRANSACTION',
  'BAD_COMMON_HEADER',
  'BAD_RWSET',
  'ILLEGAL_WRITESET',
  'INVALID_CHAINCODE',
  'INVALID_OTHER_REASON',
]

const policies = [
  'AND',
  'OR',
  'OutOf',
  'nested',
  'ANY',
  'ALL',
  'MAJORITY',
  'channel reference',
  'role admin',
  'role client',
  'role peer',
  'principal organizational unit',
  'principal identity',
  'principal anonymity',
]

export const mustReach: readonly string[] = [
  ...rpcs,
  ...Object.entries(systemContracts).flatMap(([contract, names]) => names.map((name) => `${contract}.${name}`)),
  ...codes.map((code) => `code ${code}`),
  ...policies.map((kind) => `policy ${kind}`),
  'acl peer/Propose',
  'acl qscc/GetChainInfo',
  'acl event/FilteredBlock',
  'acl peer/ChaincodeToChaincode',
  'config update',
]
