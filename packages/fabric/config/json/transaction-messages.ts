import { type FieldSchema, messageFields } from './message-schema.ts'

/** The messages of which an endorsed transaction consists: blocks hold them beside configs. */
export const transactionMessages: Readonly<Record<string, readonly FieldSchema[]>> = {
  'protos.Transaction': messageFields('repeated protos.TransactionAction actions 1'),
  'protos.TransactionAction': messageFields('bytes header 1', 'bytes payload 2'),
  'protos.ChaincodeHeaderExtension': messageFields('protos.ChaincodeID chaincode_id 2'),
  'protos.ChaincodeActionPayload': messageFields(
    'bytes chaincode_proposal_payload 1',
    'protos.ChaincodeEndorsedAction action 2',
  ),
  'protos.ChaincodeEndorsedAction': messageFields(
    'bytes proposal_response_payload 1',
    'repeated protos.Endorsement endorsements 2',
  ),
  'protos.Endorsement': messageFields('bytes endorser 1', 'bytes signature 2'),
  'protos.ChaincodeProposalPayload': messageFields('bytes input 1', 'map bytes TransientMap 2'),
  'protos.ChaincodeInvocationSpec': messageFields('protos.ChaincodeSpec chaincode_spec 1'),
  'protos.ChaincodeSpec': messageFields(
    'protos.ChaincodeSpec.Type type 1',
    'protos.ChaincodeID chaincode_id 2',
    'protos.ChaincodeInput input 3',
    'int32 timeout 4',
  ),
  'protos.ChaincodeID': messageFields('string path 1', 'string name 2', 'string version 3'),
  'protos.ChaincodeInput': messageFields('repeated bytes args 1', 'map bytes decorations 2', 'bool is_init 3'),
  'protos.ProposalResponsePayload': messageFields('bytes proposal_hash 1', 'bytes extension 2'),
  'protos.ChaincodeAction': messageFields(
    'bytes results 1',
    'bytes events 2',
    'protos.Response response 3',
    'protos.ChaincodeID chaincode_id 4',
  ),
  'protos.Response': messageFields('int32 status 1', 'string message 2', 'bytes payload 3'),
  'protos.ChaincodeEvent': messageFields(
    'string chaincode_id 1',
    'string tx_id 2',
    'string event_name 3',
    'bytes payload 4',
  ),
  'rwset.TxReadWriteSet': messageFields(
    'rwset.TxReadWriteSet.DataModel data_model 1',
    'repeated rwset.NsReadWriteSet ns_rwset 2',
  ),
  'rwset.NsReadWriteSet': messageFields(
    'string namespace 1',
    'bytes rwset 2',
    'repeated rwset.CollectionHashedReadWriteSet collection_hashed_rwset 3',
  ),
  'rwset.CollectionHashedReadWriteSet': messageFields(
    'string collection_name 1',
    'bytes hashed_rwset 2',
    'bytes pvt_rwset_hash 3',
  ),
  'kvrwset.KVRWSet': messageFields(
    'repeated kvrwset.KVRead reads 1',
    'repeated kvrwset.RangeQueryInfo range_queries_info 2',
    'repeated kvrwset.KVWrite writes 3',
    'repeated kvrwset.KVMetadataWrite metadata_writes 4',
  ),
  'kvrwset.KVRead': messageFields('string key 1', 'kvrwset.Version version 2'),
  'kvrwset.KVWrite': messageFields('string key 1', 'bool is_delete 2', 'bytes value 3'),
  'kvrwset.KVMetadataWrite': messageFields('string key 1', 'repeated kvrwset.KVMetadataEntry entries 2'),
  'kvrwset.KVMetadataEntry': messageFields('string name 1', 'bytes value 2'),
  'kvrwset.Version': messageFields('uint64 block_num 1', 'uint64 tx_num 2'),
  'kvrwset.RangeQueryInfo': messageFields(
    'string start_key 1',
    'string end_key 2',
    'bool itr_exhausted 3',
    'oneof kvrwset.QueryReads raw_reads 4',
    'oneof kvrwset.QueryReadsMerkleSummary reads_merkle_hashes 5',
  ),
  'kvrwset.QueryReads': messageFields('repeated kvrwset.KVRead kv_reads 1'),
  'kvrwset.QueryReadsMerkleSummary': messageFields(
    'uint32 max_degree 1',
    'uint32 max_level 2',
    'repeated bytes max_level_hashes 3',
  ),
}
