/**
 * Transactions in whose messages a known field is there with another wire type, which Go passes over as an unknown one, or in
 * another shape than encoders write.
 */
import { concatBytes, delimitedField, fromHex, sha256, utf8 } from '@cello/fabric/codec'
import { peer } from '@hyperledger/fabric-protos'
import type { Scenario, Seen } from '../agreement/scenario.ts'
import { endorsementBy, partsOf, signedEnvelopeOf, type TransactionParts } from './transactions.ts'
import type { Call, World } from './world.ts'

const good: Call = { contract: 'kv', steps: [['put', 'a', '1']] }

/** The messages around and in a transaction, from the outside, and fields in each that its class has, of another wire type. */
const oddFields = {
  payload: '08051005',
  header: '08051005',
  transaction: '0805',
  action: '08051005',
  'action payload': '08051005',
  'endorsed action': '08051005',
} as const

type Level = keyof typeof oddFields
type Odd = (level: Level, bytes: Uint8Array) => Uint8Array

const oddHex = (hex: string, bytes: Uint8Array): Uint8Array => concatBytes(fromHex(hex), bytes, fromHex(hex))

function payloadOf(parts: TransactionParts, odd: Odd): Uint8Array {
  const endorsed = new peer.ChaincodeEndorsedAction()
  endorsed.setProposalResponsePayload(parts.responsePayload)
  endorsed.setEndorsementsList([...parts.endorsements])
  const inner = odd('endorsed action', endorsed.serializeBinary())
  const content = odd('action payload', concatBytes(delimitedField(1, parts.proposalPayload), delimitedField(2, inner)))
  const action = odd(
    'action',
    concatBytes(delimitedField(1, parts.header.getSignatureHeader_asU8()), delimitedField(2, content)),
  )
  const transaction = odd('transaction', delimitedField(1, action))
  const header = odd('header', parts.header.serializeBinary())
  return odd('payload', concatBytes(delimitedField(1, header), delimitedField(2, transaction)))
}

const same: Odd = (_level, bytes) => bytes

/** A good transaction with `change` in its parts, written by `write`. */
const judged =
  (
    write: (parts: TransactionParts) => Uint8Array,
    change: (parts: TransactionParts, world: World) => Promise<TransactionParts> = async (parts) => parts,
  ) =>
  async (world: World): Promise<Seen> => {
    const { made, answers } = await world.endorse(good)
    const parts = await change(partsOf(made, answers), world)
    return world.verdicts(await signedEnvelopeOf(write(parts), parts.by))
  }

const plain = (parts: TransactionParts): Uint8Array => payloadOf(parts, same)

/** Other bytes for the proposal's answer, honestly endorsed by both organizations. */
async function endorsed(parts: TransactionParts, world: World, responsePayload: Uint8Array): Promise<TransactionParts> {
  const signers = [world.organization(1).peer, world.organization(2).peer]
  const endorsements = await Promise.all(signers.map((signer) => endorsementBy(signer, responsePayload)))
  return { ...parts, responsePayload, endorsements }
}

const answered = (bend: (response: Uint8Array) => Uint8Array) =>
  judged(plain, (parts, world) => endorsed(parts, world, bend(parts.responsePayload)))

/**
 * Other headers, and endorsements for them. Peers are not asked with such a proposal: fabric-shim in the contract reads its
 * headers by google-protobuf, and breaks off.
 */
const headed = (odd: { readonly channel?: string; readonly signature?: string }) =>
  judged(plain, (parts, world) => {
    const header = parts.header.cloneMessage()
    header.setChannelHeader(concatBytes(fromHex(odd.channel ?? ''), header.getChannelHeader_asU8()))
    header.setSignatureHeader(concatBytes(fromHex(odd.signature ?? ''), header.getSignatureHeader_asU8()))
    const signed = concatBytes(header.getChannelHeader_asU8(), header.getSignatureHeader_asU8(), parts.proposalPayload)
    const response = peer.ProposalResponsePayload.deserializeBinary(parts.responsePayload)
    response.setProposalHash(sha256(signed))
    return endorsed({ ...parts, header }, world, response.serializeBinary())
  })

/** The answer with its action written otherwise. */
const acted = (bend: (action: peer.ChaincodeAction) => Uint8Array) =>
  answered((bytes) => {
    const response = peer.ProposalResponsePayload.deserializeBinary(bytes)
    response.setExtension$(bend(peer.ChaincodeAction.deserializeBinary(response.getExtension_asU8())))
    return response.serializeBinary()
  })

/** A read-write set of one namespace, by hand. */
const setsOf = (namespace: Uint8Array): Uint8Array =>
  delimitedField(2, concatBytes(delimitedField(1, utf8('kv')), delimitedField(2, namespace)))

const results = (bytes: Uint8Array) =>
  acted((action) => {
    action.setResults(bytes)
    return action.serializeBinary()
  })

export const oddFieldScenarios: readonly Scenario<World>[] = [
  // Type, timestamp, channel id, transaction id and extension.
  [
    'a channel header with known fields of other wire types',
    headed({ channel: '0a01011d0000000020072900000000000000003801' }),
  ],
  ['a signature header with known fields of other wire types', headed({ signature: '08051500000000' })],
  ['a channel header with groups', headed({ channel: '0b100113140cfb060801fc06' })],
  ...Object.entries(oddFields).map(
    ([level, hex]): Scenario<World> => [
      `known fields of other wire types in: ${level}`,
      judged((parts) => payloadOf(parts, (at, bytes) => (at === level ? oddHex(hex, bytes) : bytes))),
    ],
  ),
  ['an answer with known fields of other wire types', answered((bytes) => oddHex('08051005', bytes))],
  [
    'results with known fields of other wire types',
    acted((action) => oddHex('0805100518052005', action.serializeBinary())),
  ],
  [
    'a header in two halves',
    judged((parts) => {
      const channel = delimitedField(1, delimitedField(1, parts.header.getChannelHeader_asU8()))
      const signature = delimitedField(1, delimitedField(2, parts.header.getSignatureHeader_asU8()))
      const whole = payloadOf(parts, (at, bytes) => (at === 'header' ? new Uint8Array() : bytes))
      return concatBytes(channel, whole, signature)
    }),
  ],
  [
    'a payload that ends inside of a field',
    judged((parts) => payloadOf(parts, (at, bytes) => (at === 'transaction' ? bytes.subarray(0, -1) : bytes))),
  ],
  [
    'an event whose name is not UTF-8',
    acted((action) => {
      const event = new peer.ChaincodeEvent()
      event.setChaincodeId('kv')
      action.setEvents(concatBytes(event.serializeBinary(), delimitedField(3, fromHex('c328'))))
      return action.serializeBinary()
    }),
  ],
  ['a read-write set with known fields of other wire types', results(oddHex('0a01011005', setsOf(new Uint8Array())))],
  ['a namespace that is not UTF-8', results(delimitedField(2, delimitedField(1, fromHex('c328'))))],
  [
    'a write with known fields of other wire types',
    results(
      setsOf(
        delimitedField(
          3,
          concatBytes(fromHex('0805'), delimitedField(1, utf8('odd')), fromHex('120101'), delimitedField(3, utf8('1'))),
        ),
      ),
    ),
  ],
  ['what that write left', (world) => world.query({ contract: 'kv', steps: [['get', 'odd']] })],
  [
    'a write that deletes by a number of two bytes',
    results(
      setsOf(
        delimitedField(3, concatBytes(delimitedField(1, utf8('odd')), fromHex('108001'), delimitedField(3, utf8('1')))),
      ),
    ),
  ],
  ['what that deletion left', (world) => world.query({ contract: 'kv', steps: [['get', 'odd']] })],
]
