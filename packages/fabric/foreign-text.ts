import type { FabricErrorCode } from './errors.ts'

/** What a sentence of Fabric's means to us. */
export interface Meaning {
  readonly code: FabricErrorCode
  /** One sentence for the operator; absent: the usual one of the code. */
  readonly next?: string
}

interface Row extends Meaning {
  readonly pattern: RegExp
  /** Where Fabric (3.1.5; 2.5.16 has the same words unless said) writes it. */
  readonly source: string
}

/**
 * Fabric tells most refusals apart only by English text. The first row that matches decides, so narrower rows stand
 * before wider ones. Rows with ALREADY_DONE are the "already so" table: the wanted effect is there.
 */
export const foreignTexts: readonly Row[] = [
  {
    pattern: /chaincode already successfully installed \(package ID '[^']*'\)/,
    code: 'ALREADY_DONE',
    source: 'core/chaincode/lifecycle/lifecycle.go InstallChaincode',
  },
  {
    pattern: /attempted to redefine uncommitted sequence \(\d+\) for namespace \S+ with unchanged content/,
    code: 'ALREADY_DONE',
    source: 'core/chaincode/lifecycle/lifecycle.go ApproveChaincodeDefinitionForOrg',
  },
  {
    pattern: /attempted to redefine the current committed sequence \(\d+\) for namespace \S+ with different parameters/,
    code: 'CONFLICT',
    next: 'Query the committed definition and approve its next sequence',
    source: 'core/chaincode/lifecycle/lifecycle.go ApproveChaincodeDefinitionForOrg',
  },
  {
    pattern: /attempted to redefine the current committed sequence \(\d+\) for namespace \S+/,
    code: 'ALREADY_DONE',
    source:
      'core/chaincode/lifecycle/lifecycle.go ApproveChaincodeDefinitionForOrg (2.5 approves again without a word)',
  },
  {
    pattern: /ledger \[[^\]]*\] already exists with state \[ACTIVE\]/,
    code: 'ALREADY_DONE',
    source: 'core/ledger/kvledger/kv_ledger_provider.go, second JoinChain',
  },
  {
    pattern: /ledger \[[^\]]*\] already exists with state \[/,
    code: 'CONFLICT',
    next: 'An earlier join was cut off: restart the peer, which then finishes or removes that ledger',
    source: 'core/ledger/kvledger/kv_ledger_provider.go',
  },
  {
    pattern: /cannot join: channel already exists/,
    code: 'ALREADY_DONE',
    source: 'orderer/common/channelparticipation/restapi.go sendJoinError, HTTP 405',
  },
  {
    pattern: /cannot remove: channel does not exist/,
    code: 'ALREADY_DONE',
    source: 'orderer/common/channelparticipation/restapi.go serveRemove, HTTP 404',
  },
  {
    pattern: /failed to submit request: request already (exists|processed)/,
    code: 'ALREADY_DONE',
    source:
      'SmartBFT requestpool.go: this very envelope waits to be ordered, or is one of the last 1,000 that were (3.x)',
  },
  {
    pattern: /duplicate transaction found \[/,
    code: 'ALREADY_DONE',
    source: 'core/endorser/endorser.go preProcess: a transaction with the proposal’s id is in the ledger',
  },
  {
    pattern: /channel pending removal/,
    code: 'NOT_READY',
    next: 'Wait until the orderer has finished removing the channel',
    source: 'orderer/common/types/errors.go, HTTP 409',
  },
  {
    pattern:
      /requires that key .* be at version \d+, but it is currently at version \d+|attempt(ed)? to set key .* to version \d+, but key (is at version \d+|does not exist)|does not contain element for .* but was in the read set/,
    code: 'CONFLICT',
    next: 'Compute the update again from the current config and collect the signatures anew',
    source: 'common/configtx/update.go',
  },
  {
    pattern: /requested sequence is \d+, but new definition must be sequence \d+/,
    code: 'CONFLICT',
    next: 'Query the committed definition: this sequence may be committed already',
    source: 'core/chaincode/lifecycle/lifecycle.go CheckCommitReadiness, CommitChaincodeDefinition',
  },
  {
    pattern:
      /currently defined sequence \d+ is larger than requested sequence|larger than the next available sequence number/,
    code: 'CONFLICT',
    next: 'Query the committed definition and approve its next sequence',
    source: 'core/chaincode/lifecycle/lifecycle.go ApproveChaincodeDefinitionForOrg',
  },
  {
    pattern: /ProposalResponsePayloads do not match/,
    code: 'CONFLICT',
    next: 'The peers saw different states: try again with a new proposal once they are at one height',
    source: 'protoutil/txutils.go, internal/pkg/gateway/endorsement.go',
  },
  {
    pattern: /chaincode definition not agreed to by this org|has not yet been approved by this org/,
    code: 'NOT_READY',
    next: 'Wait until this peer has seen its organization’s approval, or approve the same definition',
    source: 'core/chaincode/lifecycle/scc.go CommitChaincodeDefinition, endorsement_info.go',
  },
  {
    pattern: /chaincode definition for '[^']*' changed during invoke/,
    code: 'NOT_READY',
    source: 'core/chaincode/lifecycle/endorsement_info.go: a newer definition was committed at this moment',
  },
  {
    pattern: /chaincode definition for '[^']*' exists, but chaincode is not installed/,
    code: 'NOT_FOUND',
    next: 'Install the package on this peer, and have its organization approve the definition with it',
    source: 'core/chaincode/lifecycle/endorsement_info.go',
  },
  {
    pattern: /no Raft leader|consenter error|has not caught up|not started yet/i,
    code: 'NOT_READY',
    next: 'Wait until the channel has a leader',
    source: 'orderer/consensus/etcdraft/chain.go',
  },
  {
    // Not even itself: it has not counted since it became leader.
    pattern: /: 0 out of \d+ nodes are alive, configuration will result in quorum loss/,
    code: 'NOT_READY',
    next: 'Wait until the leader that was just elected has counted who is alive',
    source: 'orderer/consensus/etcdraft/chain.go checkForEvictionNCertRotation, ValidateConsensusMetadata',
  },
  {
    // The config names it already, but it has not joined, or still follows: it then knows the channel from no broadcast.
    pattern: /received unsuccessful response from orderer: status=BAD_REQUEST, info=channel does not exist/,
    code: 'NOT_READY',
    next: 'Wait until all orderers that the channel’s config names take part in it',
    source: 'internal/pkg/gateway/submit.go submitBFT (3.x), submitNonBFT',
  },
  {
    pattern:
      /no combination of peers can be derived|no endorsement combination can be satisfied|failed constructing descriptor|no peers available to (evaluate|endorse)|no endorsers found|failed to find any endorsing peers|failed to select a set of endorsers/,
    code: 'NOT_READY',
    next: 'Wait until discovery at this peer lists the organizations that must endorse, with the contract installed',
    source: 'internal/pkg/gateway/registry.go',
  },
  {
    pattern: /no orderer nodes available|no orderers could successfully process/,
    code: 'NOT_READY',
    next: 'Wait until this peer reaches orderers of the channel, and they have a leader',
    source: 'internal/pkg/gateway/submit.go',
  },
  {
    pattern:
      /could not launch chaincode|could not get connection info|connection to \S+ failed with|chaincode stream terminated/,
    code: 'NOT_READY',
    next: 'Check that the contract runs and is reachable from this peer',
    source: 'core/chaincode/chaincode_support.go, runtime_launcher.go, handler.go',
  },
  {
    pattern: /make sure the chaincode \S+ has been successfully defined on channel|namespace \S+ is not defined/,
    code: 'NOT_FOUND',
    next: 'Commit the contract’s definition on this channel first',
    source: 'core/endorser/endorser.go, core/chaincode/lifecycle/lifecycle.go ErrNamespaceNotDefined',
  },
  {
    pattern: /could not fetch approved chaincode definition/,
    code: 'NOT_FOUND',
    next: 'Approve the definition for this peer’s organization first',
    source: 'core/chaincode/lifecycle/lifecycle.go QueryApprovedChaincodeDefinition',
  },
  {
    pattern: /chaincode install package '[^']*' not found/,
    code: 'NOT_FOUND',
    next: 'Install the package on this peer first',
    source: 'core/chaincode/persistence/persistence.go',
  },
  {
    pattern: /[Ll]edger (is )?bootstrapped from a snapshot/,
    code: 'NOT_FOUND',
    next: 'Ask a peer that has the blocks from before this one’s snapshot',
    source: 'common/ledger/blkstorage/blockfile_mgr.go, a peer that joined by snapshot',
  },
  {
    pattern: /no such (block (hash|number)|transaction ID|blockNumber)/,
    code: 'NOT_FOUND',
    source: 'common/ledger/blkstorage/blockindex.go',
  },
  {
    pattern:
      /channel '[^']*' not found|[Ii]nvalid chain ID|[Uu]nknown channel ID|channel does not exist|channel \S+ not found|failed to get config for channel \[|Failed to get policy manager for channel \[/,
    code: 'NOT_FOUND',
    next: 'Join the node to this channel first',
    source: 'core/endorser/endorser.go, qscc, cscc, orderer/common/types/errors.go, gateway/registry.go, core/policy',
  },
  {
    pattern: /client identity expired/,
    code: 'DENIED',
    next: 'Renew the certificate, then make and sign it anew',
    source: 'core/handlers/auth/filter/expiration.go, orderer/common/msgprocessor/expiration.go',
  },
  {
    pattern:
      /access denied|Failed to authorize|failed ACL check|implicit policy evaluation failed|permission denied|creator org|signature set did not satisfy policy|is not defined on channel|client didn't send a TLS certificate|claimed TLS hash/i,
    code: 'DENIED',
    next: 'Use an identity that this channel’s or node’s policy accepts',
    source: 'core/endorser/msgvalidation.go, core/aclmgmt, common/policies, discovery/service.go',
  },
  {
    // After all refusals: it is the reason of one node among several that were asked.
    pattern: /rpc error: code = (Unavailable|DeadlineExceeded|Canceled)|exceeding concurrency limit/,
    code: 'NOT_READY',
    next: 'Wait until the nodes answer that are asked for this',
    source:
      'grpc-go, as internal/pkg/gateway/apiutils.go responseStatus passes it on (Canceled: another call found the node gone); internal/peer/node/grpc_limiters.go',
  },
]

/** The meaning of a foreign error text, if the table knows it. */
export function meaningOf(text: string): Meaning | undefined {
  const row = foreignTexts.find(({ pattern }) => pattern.test(text))
  return row && { code: row.code, ...(row.next === undefined ? {} : { next: row.next }) }
}
