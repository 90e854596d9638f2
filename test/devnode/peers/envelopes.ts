/** Envelopes that orderers take without a look inside, and peers judge: those with something wrong in their outer parts. */
import { channelHeader, newNonce, serializedIdentity, signatureHeader, transactionId, utf8 } from '@cello/fabric/codec'
import { common, peer } from '@hyperledger/fabric-protos'
import type { Scenario, Seen } from '../agreement/scenario.ts'
import { contractId } from './proposals.ts'
import {
  type Bend,
  bentResponse,
  endorsementBy,
  envelopeOf,
  partsOf,
  sealed,
  type TransactionParts,
} from './transactions.ts'
import type { Call, World } from './world.ts'

const good: Call = { contract: 'kv', steps: [['put', 'a', '1']] }

const judged = async (world: World, envelope: Promise<common.Envelope>): Promise<Seen> => world.verdicts(await envelope)

/** A header as clients make them, with something changed. */
function header(
  world: World,
  change: (parts: { readonly channel: common.ChannelHeader; readonly signature: common.SignatureHeader }) => void,
): common.Header {
  const creator = serializedIdentity(world.user)
  const nonce = newNonce()
  const extension = new peer.ChaincodeHeaderExtension()
  extension.setChaincodeId(contractId('kv'))
  const channel = channelHeader({
    type: common.HeaderType.ENDORSER_TRANSACTION,
    channelId: world.channel,
    txId: transactionId(nonce, creator),
    extension: extension.serializeBinary(),
  })
  const signature = signatureHeader(creator, nonce)
  change({ channel, signature })
  const whole = new common.Header()
  whole.setChannelHeader(channel.serializeBinary())
  whole.setSignatureHeader(signature.serializeBinary())
  return whole
}

type HeaderChange = Parameters<typeof header>[1]

const withHeader =
  (change: HeaderChange, data: Uint8Array = utf8('data')) =>
  (world: World): Promise<Seen> =>
    judged(world, sealed(header(world, change), data, world.user))

/** A good transaction with something changed in its parts, or on the way into the envelope. */
const changed =
  (change: (parts: TransactionParts, world: World) => TransactionParts | Promise<TransactionParts>, bend?: Bend) =>
  async (world: World): Promise<Seen> => {
    const { made, answers } = await world.endorse(good)
    return judged(world, envelopeOf(await change(partsOf(made, answers), world), bend))
  }

const same = (parts: TransactionParts): TransactionParts => parts
const bend = (how: Bend) => changed(same, how)

/** Another response, honestly endorsed by both peers' organizations with the keys of other peers of theirs. */
const response = (how: (action: peer.ChaincodeAction) => void) =>
  changed(async (parts, world) => {
    const responsePayload = bentResponse(parts.responsePayload, how)
    const signers = [world.organization(1).peer, world.organization(2).peer]
    const endorsements = await Promise.all(signers.map((signer) => endorsementBy(signer, responsePayload)))
    return { ...parts, responsePayload, endorsements }
  })

export const envelopeScenarios: readonly Scenario<World>[] = [
  ['a message', withHeader(({ channel }) => channel.setType(common.HeaderType.MESSAGE))],
  ['an envelope of type CONFIG', withHeader(({ channel }) => channel.setType(common.HeaderType.CHAINCODE_PACKAGE))],
  ['an unknown type', withHeader(({ channel }) => channel.setType(77))],
  ['a deliver request', withHeader(({ channel }) => channel.setType(common.HeaderType.DELIVER_SEEK_INFO))],
  ['an epoch', withHeader(({ channel }) => channel.setEpoch(2))],
  ['no nonce', withHeader(({ signature }) => signature.setNonce(new Uint8Array()))],
  ['a wrong transaction id', withHeader(({ channel }) => channel.setTxId('b'.repeat(64)))],
  ['no transaction id', withHeader(({ channel }) => channel.setTxId(''))],
  ['no transaction inside', withHeader(() => undefined, new Uint8Array())],
  ['rubbish for a transaction', withHeader(() => undefined, utf8('rubbish!'))],
  ['a transaction without actions', bend(({ transaction }) => transaction.setActionsList([]))],
  [
    'a transaction of two actions',
    bend(({ transaction, action, payload }) => {
      action.setPayload(payload.serializeBinary())
      transaction.setActionsList([action, action.cloneMessage()])
    }),
  ],
  [
    'an action under another header',
    bend(({ action }) => action.setHeader(signatureHeader(utf8('x'), newNonce()).serializeBinary())),
  ],
  ['an action without a header', bend(({ action }) => action.setHeader(new Uint8Array()))],
  ['an action that is rubbish', bend(({ action }) => action.setPayload(utf8('rubbish!')))],
  // An action without endorsed results is not sent: a peer of Fabric 3.1.5 ends with a Go panic at it, and at every start after.
  [
    'an action with other arguments',
    bend(({ payload }) => {
      const proposal = new peer.ChaincodeProposalPayload()
      proposal.setInput(utf8('other'))
      payload.setChaincodeProposalPayload(proposal.serializeBinary())
    }),
  ],
  ['results that are rubbish', changed((parts) => ({ ...parts, responsePayload: utf8('rubbish!') }))],
  ['results without a contract', response((action) => action.clearChaincodeId())],
  ['results of another contract', response((action) => action.setChaincodeId(contractId('other', '1.0')))],
  [
    'results of an unknown contract',
    changed(async (parts, world) => {
      const bent = header(world, ({ channel }) => {
        const extension = new peer.ChaincodeHeaderExtension()
        extension.setChaincodeId(contractId('nothing'))
        channel.setExtension$(extension.serializeBinary())
      })
      return { ...parts, header: bent }
    }),
  ],
  ['results of another version', response((action) => action.setChaincodeId(contractId('kv', '7')))],
  ['results without a version', response((action) => action.setChaincodeId(contractId('kv')))],
  [
    'an event of another contract',
    response((action) => {
      const event = new peer.ChaincodeEvent()
      event.setChaincodeId('other')
      event.setEventName('x')
      action.setEvents(event.serializeBinary())
    }),
  ],
  ['an event that is rubbish', response((action) => action.setEvents(utf8('rubbish!')))],
  ['a read-write set that is rubbish', response((action) => action.setResults(utf8('rubbish!')))],
  ['an empty read-write set', response((action) => action.setResults(new Uint8Array()))],
  [
    'a response of status 500',
    response((action) => {
      const failed = new peer.Response()
      failed.setStatus(500)
      action.setResponse(failed)
    }),
  ],
]
