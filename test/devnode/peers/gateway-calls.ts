/** For tests only: the gateway service, asked by hand, and what is seen of its answers. */
import type { Signer } from '@cello/fabric'
import { serializedIdentity } from '@cello/fabric/codec'
import type { Metadata } from '@grpc/grpc-js'
import { common, gateway, google, orderer, peer } from '@hyperledger/fabric-protos'
import type { Seen } from '../agreement/scenario.ts'
import { codeName, describeAccess, describeResponse, mspIdOf, textOf } from './describe.ts'
import type { MadeProposal } from './proposals.ts'
import { listen, type StreamOptions } from './streams.ts'
import { type Call, type Outcome, unary, type World } from './world.ts'

const { GatewayService } = gateway

/** The peer's own words about each endorser or orderer, in a stable order. */
function detailsOf(metadata: Metadata): readonly unknown[] {
  return metadata.get('grpc-status-details-bin').flatMap((bytes) =>
    google.rpc.Status.deserializeBinary(Buffer.from(bytes))
      .getDetailsList()
      .map((any) => gateway.ErrorDetail.deserializeBinary(any.getValue_asU8()).toObject())
      .sort((a, b) => (a.mspId < b.mspId ? -1 : 1)),
  )
}

export function seenOf<R>(outcome: Outcome<R>, describe: (answer: R) => Seen): Seen {
  if ('answer' in outcome) return describe(outcome.answer)
  const { code, details, metadata } = outcome.failed
  return { code, message: details, details: detailsOf(metadata) }
}

function knowing(world: World, made: MadeProposal): MadeProposal {
  world.known.push([made.transactionId, '<transaction id>'])
  return made
}

export interface GatewayOptions {
  readonly at?: number
  readonly organizations?: readonly string[]
  readonly channel?: string
  readonly transactionId?: string
}

export async function evaluate(world: World, call: Call, options: GatewayOptions = {}): Promise<Seen> {
  const made = knowing(world, await world.propose(call))
  const request = new gateway.EvaluateRequest()
  request.setTransactionId(options.transactionId ?? made.transactionId)
  request.setChannelId(options.channel ?? world.channel)
  request.setProposedTransaction(made.signed)
  request.setTargetOrganizationsList([...(options.organizations ?? [])])
  return evaluated(world, request, options.at)
}

export async function evaluated(world: World, request: gateway.EvaluateRequest, at = 1): Promise<Seen> {
  world.reached.add('Gateway/Evaluate')
  const outcome = await unary(world.peer(at).connection.client, GatewayService.evaluate, request)
  return seenOf(outcome, (answer) => describeResponse(answer.getResult()))
}

export interface Prepared {
  readonly made: MadeProposal
  readonly outcome: Outcome<gateway.EndorseResponse>
}

export async function endorse(world: World, call: Call, options: GatewayOptions = {}): Promise<Prepared> {
  const made = knowing(world, await world.propose(call))
  const request = new gateway.EndorseRequest()
  request.setTransactionId(options.transactionId ?? made.transactionId)
  request.setChannelId(options.channel ?? world.channel)
  request.setProposedTransaction(made.signed)
  request.setEndorsingOrganizationsList([...(options.organizations ?? [])])
  world.reached.add('Gateway/Endorse')
  return { made, outcome: await unary(world.peer(options.at ?? 1).connection.client, GatewayService.endorse, request) }
}

/** Who endorsed, and what. */
export function describeEndorsed(world: World, { outcome }: Prepared): Seen {
  return seenOf(outcome, (answer) => {
    const payload = common.Payload.deserializeBinary(
      answer.getPreparedTransaction()?.getPayload_asU8() ?? new Uint8Array(),
    )
    const [action] = peer.Transaction.deserializeBinary(payload.getData_asU8()).getActionsList()
    const inner = peer.ChaincodeActionPayload.deserializeBinary(action?.getPayload_asU8() ?? new Uint8Array())
    const endorsed = inner.getAction()
    const response = peer.ProposalResponsePayload.deserializeBinary(
      endorsed?.getProposalResponsePayload_asU8() ?? new Uint8Array(),
    )
    const result = peer.ChaincodeAction.deserializeBinary(response.getExtension_asU8())
    const proposal = peer.ChaincodeProposalPayload.deserializeBinary(inner.getChaincodeProposalPayload_asU8())
    return {
      signed: (answer.getPreparedTransaction()?.getSignature_asU8().length ?? 0) > 0,
      transient: proposal.getTransientmapMap().getLength(),
      endorsedBy: endorsed
        ?.getEndorsementsList()
        .map((one) => mspIdOf(one.getEndorser_asU8()))
        .sort(),
      response: describeResponse(result.getResponse()),
      access: describeAccess(result.getResults_asU8(), world.base),
    }
  })
}

export const endorsing = async (world: World, call: Call, options?: GatewayOptions): Promise<Seen> =>
  describeEndorsed(world, await endorse(world, call, options))

/** The envelope of an endorsed transaction, signed by its creator. @throws where it was not endorsed */
export async function preparedEnvelope({ made, outcome }: Prepared): Promise<common.Envelope> {
  const envelope = 'answer' in outcome ? outcome.answer.getPreparedTransaction() : undefined
  if (!envelope) throw new Error(`not endorsed: ${JSON.stringify('failed' in outcome ? outcome.failed : {})}`)
  envelope.setSignature(await made.by.sign(envelope.getPayload_asU8()))
  return envelope
}

export async function submit(
  world: World,
  envelope: common.Envelope | undefined,
  { at = 1, channel = world.channel, transactionId = '' }: GatewayOptions = {},
): Promise<Seen> {
  const request = new gateway.SubmitRequest()
  request.setChannelId(channel)
  request.setTransactionId(transactionId)
  if (envelope) request.setPreparedTransaction(envelope)
  world.reached.add('Gateway/Submit')
  const outcome = await unary(world.peer(at).connection.client, GatewayService.submit, request)
  return seenOf(outcome, () => ({ taken: true }))
}

export interface StatusQuestion {
  readonly transactionId: string
  readonly channel?: string
  readonly by?: Signer
  readonly signer?: Signer
  readonly identity?: Uint8Array
}

export async function commitStatus(world: World, question: StatusQuestion): Promise<Seen> {
  const by = question.by ?? world.user
  const inner = new gateway.CommitStatusRequest()
  inner.setTransactionId(question.transactionId)
  inner.setChannelId(question.channel ?? world.channel)
  inner.setIdentity(question.identity ?? serializedIdentity(by))
  const request = new gateway.SignedCommitStatusRequest()
  request.setRequest(inner.serializeBinary())
  request.setSignature(await (question.signer ?? by).sign(inner.serializeBinary()))
  return statusOf(world, request)
}

export async function statusOf(world: World, request: gateway.SignedCommitStatusRequest): Promise<Seen> {
  world.reached.add('Gateway/CommitStatus')
  const outcome = await unary(world.peer(1).connection.client, GatewayService.commitStatus, request)
  return seenOf(outcome, (answer) => ({
    code: codeName(answer.getResult()),
    block: answer.getBlockNumber() - world.base,
  }))
}

export interface EventsQuestion extends Pick<StreamOptions, 'enough' | 'silenceMs'> {
  readonly contract: string
  readonly channel?: string
  readonly start?: orderer.SeekPosition
  readonly afterTransaction?: string
  readonly by?: Signer
  readonly signer?: Signer
}

export async function contractEvents(world: World, question: EventsQuestion): Promise<Seen> {
  const by = question.by ?? world.user
  const inner = new gateway.ChaincodeEventsRequest()
  inner.setChannelId(question.channel ?? world.channel)
  inner.setChaincodeId(question.contract)
  inner.setIdentity(serializedIdentity(by))
  if (question.start) inner.setStartPosition(question.start)
  if (question.afterTransaction !== undefined) inner.setAfterTransactionId(question.afterTransaction)
  const request = new gateway.SignedChaincodeEventsRequest()
  request.setRequest(inner.serializeBinary())
  request.setSignature(await (question.signer ?? by).sign(inner.serializeBinary()))
  world.reached.add('Gateway/ChaincodeEvents')
  const { answers, end } = await listen(
    world.peer(1).connection.client,
    GatewayService.chaincodeEvents,
    request,
    question,
  )
  return {
    answers: answers.map((answer) => ({
      block: answer.getBlockNumber() < world.base ? 'before' : answer.getBlockNumber() - world.base,
      events: answer
        .getEventsList()
        .map((event) => [event.getChaincodeId(), event.getEventName(), textOf(event.getPayload_asU8())]),
    })),
    end,
  }
}

export function at(number: number): orderer.SeekPosition {
  const specified = new orderer.SeekSpecified()
  specified.setNumber(number)
  const position = new orderer.SeekPosition()
  position.setSpecified(specified)
  return position
}
