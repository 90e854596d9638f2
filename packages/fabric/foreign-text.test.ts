import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foreignTexts, meaningOf } from './foreign-text.ts'

/**
 * Sentences as nodes of Fabric 3.1.5 and 2.5.16 answered them, or filled into the formats in their source where a call
 * that gets them is hard to make. The live suites in test/fabric-harness meet most of them for real.
 */
const sentences = [
  [
    'ALREADY_DONE',
    "failed to invoke backing implementation of 'InstallChaincode': chaincode already successfully installed (package ID 'kv_1:ab')",
  ],
  [
    'ALREADY_DONE',
    "failed to invoke backing implementation of 'ApproveChaincodeDefinitionForMyOrg': attempted to redefine uncommitted sequence (1) for namespace kv with unchanged content",
  ],
  ['ALREADY_DONE', 'attempted to redefine the current committed sequence (1) for namespace kv'],
  [
    'CONFLICT',
    'attempted to redefine the current committed sequence (1) for namespace kv with different parameters: InitRequired not equal',
  ],
  ['ALREADY_DONE', 'cannot create ledger from genesis block: ledger [alpha] already exists with state [ACTIVE]'],
  [
    'CONFLICT',
    'cannot create ledger from genesis block: ledger [alpha] already exists with state [UNDER_CONSTRUCTION]',
  ],
  ['ALREADY_DONE', 'cannot join: channel already exists'],
  ['ALREADY_DONE', 'cannot remove: channel does not exist'],
  ['ALREADY_DONE', 'failed to submit request: request already exists'],
  [
    'ALREADY_DONE',
    'insufficient number of orderers could successfully process transaction to satisfy quorum requirement; 127.0.0.1:28782 (OrdererMSP): received unsuccessful response from orderer: status=SERVICE_UNAVAILABLE, info=failed to submit request: request already processed',
  ],
  ['ALREADY_DONE', 'duplicate transaction found [abc]. Creator [0a]'],
  ['NOT_READY', 'cannot join: channel pending removal'],
  [
    'CONFLICT',
    "error applying config update to existing channel 'alpha': error authorizing update: error validating ReadSet: proposed update requires that key [Value]  /Channel/Orderer/BatchTimeout be at version 0, but it is currently at version 1",
  ],
  [
    'CONFLICT',
    "error applying config update to existing channel 'alpha': error authorizing update: error validating DeltaSet: attempt to set key [Value]  /Channel/Orderer/BatchSize to version 1, but key is at version 1",
  ],
  [
    'CONFLICT',
    'error validating ReadSet: existing config does not contain element for [Group]  /Channel/Application/Org3MSP but was in the read set',
  ],
  ['CONFLICT', 'requested sequence is 1, but new definition must be sequence 2'],
  ['CONFLICT', 'currently defined sequence 3 is larger than requested sequence 2'],
  ['CONFLICT', 'requested sequence 9 is larger than the next available sequence number 2'],
  ['CONFLICT', 'ProposalResponsePayloads do not match'],
  ['NOT_READY', 'chaincode definition not agreed to by this org (Org1MSP)'],
  [
    'NOT_READY',
    "make sure the chaincode kv has been successfully defined on channel alpha and try again: chaincode definition for 'kv' at sequence 1 on channel 'alpha' has not yet been approved by this org",
  ],
  [
    'NOT_READY',
    "make sure the chaincode kv has been successfully defined on channel alpha and try again: chaincode cache at sequence 1 but current sequence is 2, chaincode definition for 'kv' changed during invoke",
  ],
  [
    'NOT_FOUND',
    "make sure the chaincode kv has been successfully defined on channel alpha and try again: chaincode definition for 'kv' exists, but chaincode is not installed",
  ],
  ['NOT_READY', 'error in simulation: failed to execute transaction ab: error sending: chaincode stream terminated'],
  ['NOT_READY', 'no Raft leader'],
  [
    'NOT_READY',
    "error applying config update to existing channel 'alpha': consensus metadata update for channel config update is invalid: 0 out of 3 nodes are alive, configuration will result in quorum loss",
  ],
  [
    'NOT_READY',
    'no combination of peers can be derived which satisfy the endorsement policy: no peer combination can satisfy the endorsement policy',
  ],
  ['NOT_READY', 'failed constructing descriptor for chaincodes:<name:"kv" >'],
  ['NOT_READY', 'no peers available to evaluate chaincode kv in channel alpha'],
  ['NOT_READY', 'no orderers could successfully process transaction'],
  [
    'NOT_READY',
    'insufficient number of orderers could successfully process transaction to satisfy quorum requirement; 127.0.0.1:28782 (OrdererMSP): received unsuccessful response from orderer: status=BAD_REQUEST, info=channel does not exist',
  ],
  [
    'DENIED',
    'insufficient number of orderers could successfully process transaction to satisfy quorum requirement; 127.0.0.1:28782 (OrdererMSP): received unsuccessful response from orderer: status=FORBIDDEN, info=permission denied',
  ],
  ['NOT_READY', 'received unsuccessful response from orderer: status=BAD_REQUEST, info=channel does not exist'],
  ['NOT_READY', 'failed to find any endorsing peers for org(s): Org2MSP'],
  [
    'NOT_READY',
    'failed to select a set of endorsers that satisfy the endorsement policy due to unavailability of peers: [127.0.0.1:7051]',
  ],
  ['NOT_READY', 'could not launch chaincode kv_1:ab: connection to kv_1:ab failed: error cannot create connection'],
  [
    'NOT_FOUND',
    'make sure the chaincode kv has been successfully defined on channel alpha and try again: chaincode kv not found',
  ],
  ['NOT_FOUND', 'namespace kv is not defined'],
  ['NOT_FOUND', "could not fetch approved chaincode definition (name: 'kv', sequence: '0') on channel 'alpha'"],
  ['NOT_FOUND', "chaincode install package 'kv_1:ab' not found"],
  ['NOT_FOUND', 'Failed to get transaction with id abc, error no such transaction ID [abc] in index'],
  ['NOT_FOUND', 'Failed to get block number 99, error no such block number [99] in index'],
  [
    'NOT_FOUND',
    'Failed to get block number 0, error cannot serve block [0]. The ledger is bootstrapped from a snapshot. First available block = [13]',
  ],
  ['NOT_FOUND', "channel 'nowhere' not found"],
  ['NOT_FOUND', 'Invalid chain ID, nowhere'],
  ['NOT_FOUND', 'channel does not exist'],
  ['NOT_FOUND', 'failed to get config for channel [nowhere]: could not get last config for channel nowhere'],
  ['NOT_FOUND', 'Failed to get policy manager for channel [nowhere]'],
  ['DENIED', '127.0.0.1:7051 (Org2MSP): rpc error: code = Unknown desc = proposal client identity expired'],
  ['DENIED', 'broadcast client identity expired'],
  ['DENIED', 'error validating proposal: access denied: channel [alpha] creator org [Org3MSP]'],
  ['DENIED', 'Failed to authorize invocation due to failed ACL check: failed checking access'],
  [
    'DENIED',
    "implicit policy evaluation failed - 0 sub-policies were satisfied, but this policy requires 1 of the 'Writers' sub-policies to be satisfied: permission denied",
  ],
  ['NOT_READY', '127.0.0.1:7051 (Org2MSP): rpc error: code = Unavailable desc = connection error'],
  ['NOT_READY', 'rpc error: code = Canceled desc = grpc: the client connection is closing'],
  ['NOT_READY', 'too many requests for /protos.Endorser, exceeding concurrency limit (1)'],
] as const

for (const [code, sentence] of sentences) {
  test(`${code}: ${sentence.slice(0, 90)}`, () => {
    assert.equal(meaningOf(sentence)?.code, code)
  })
}

test('every row of the table is met by a sentence, and no other text means anything', () => {
  const met = new Set(sentences.map(([, sentence]) => foreignTexts.find(({ pattern }) => pattern.test(sentence))))
  assert.deepEqual(
    foreignTexts.filter((row) => !met.has(row)).map(({ pattern }) => pattern.source),
    [],
  )
  assert.equal(meaningOf('insufficient funds'), undefined)
})
