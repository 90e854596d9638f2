/** For tests only: a gateway on a peer that is nothing else, other peers that only endorse, and orderers that only answer. */
import {
  Client,
  credentials,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceDefinition,
  type ServiceError,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { common, gateway, google, orderer, peer } from '@hyperledger/fabric-protos'
import type { PeerChannel } from '../../committing/peer-channel.ts'
import type { TestOrganization } from '../../endorsement/testing/test-organization.ts'
import type { ContractDefinition } from '../../lifecycle/definition.ts'
import { openConnections } from '../../neighbours/connections.ts'
import type { Neighbour } from '../../neighbours/neighbours.ts'
import { testChannels, testLifecycle } from '../../neighbours/testing/test-peers.ts'
import { type GatewayOptions, gatewayService } from '../gateway-service.ts'

export interface TestServer extends Disposable {
  readonly address: string
}

export async function serve(definition: ServiceDefinition, implementation: UntypedServiceImplementation) {
  const server = new Server()
  server.addService(definition, implementation)
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  return { address: `127.0.0.1:${port}`, [Symbol.dispose]: () => server.forceShutdown() } satisfies TestServer
}

export type Process = (proposal: peer.SignedProposal) => peer.ProposalResponse | Promise<peer.ProposalResponse>

/** Another peer, which answers proposals like this. */
export function endorserServer(process: Process): Promise<TestServer> {
  return serve(peer.EndorserService, {
    async processProposal(
      call: ServerUnaryCall<peer.SignedProposal, peer.ProposalResponse>,
      answer: sendUnaryData<peer.ProposalResponse>,
    ) {
      try {
        answer(null, await process(call.request))
      } catch (error) {
        answer({ code: status.UNKNOWN, details: String(error) })
      }
    },
  })
}

export interface Broadcast {
  readonly status: common.StatusMap[keyof common.StatusMap]
  readonly info?: string
}

export interface TestOrderer extends TestServer {
  /** Envelopes that came. */
  readonly taken: common.Envelope[]
}

export async function ordererServer(answer: Broadcast): Promise<TestOrderer> {
  const taken: common.Envelope[] = []
  const server = await serve(orderer.AtomicBroadcastService, {
    broadcast(call: ServerDuplexStream<common.Envelope, orderer.BroadcastResponse>) {
      call.on('data', (envelope: common.Envelope) => {
        taken.push(envelope)
        const response = new orderer.BroadcastResponse()
        response.setStatus(answer.status)
        response.setInfo(answer.info ?? '')
        call.write(response)
      })
      call.on('end', () => call.end())
    },
    deliver: (call: ServerDuplexStream<common.Envelope, orderer.DeliverResponse>) => call.end(),
  })
  return { taken, address: server.address, [Symbol.dispose]: () => server[Symbol.dispose]() }
}

/** A good answer, signed by nobody in particular. */
export function endorsed(by: string, result: string, more: { readonly interest?: peer.ChaincodeInterest } = {}) {
  const inner = new peer.Response()
  inner.setStatus(200)
  inner.setPayload(Buffer.from(result))
  const action = new peer.ChaincodeAction()
  action.setResponse(inner)
  const payload = new peer.ProposalResponsePayload()
  payload.setExtension$(action.serializeBinary())
  const endorsement = new peer.Endorsement()
  endorsement.setEndorser(Buffer.from(by))
  const answer = new peer.ProposalResponse()
  answer.setResponse(inner)
  answer.setPayload(payload.serializeBinary())
  answer.setEndorsement(endorsement)
  if (more.interest) answer.setInterest(more.interest)
  return answer
}

/** What went wrong in running, or with a payload what the contract itself refused. */
export function failed(number: number, message: string, payload = ''): peer.ProposalResponse {
  const inner = new peer.Response()
  inner.setStatus(number)
  inner.setMessage(message)
  const answer = new peer.ProposalResponse()
  answer.setResponse(inner)
  answer.setPayload(Buffer.from(payload))
  return answer
}

export function proposal(contract: string, transient: Readonly<Record<string, string>> = {}): peer.SignedProposal {
  const channelHeader = new common.ChannelHeader()
  channelHeader.setChannelId('orders')
  const header = new common.Header()
  header.setChannelHeader(channelHeader.serializeBinary())
  const id = new peer.ChaincodeID()
  id.setName(contract)
  const spec = new peer.ChaincodeSpec()
  spec.setChaincodeId(id)
  const input = new peer.ChaincodeInvocationSpec()
  input.setChaincodeSpec(spec)
  const payload = new peer.ChaincodeProposalPayload()
  payload.setInput(input.serializeBinary())
  for (const [key, value] of Object.entries(transient)) payload.getTransientmapMap().set(key, Buffer.from(value))
  const whole = new peer.Proposal()
  whole.setHeader(header.serializeBinary())
  whole.setPayload(payload.serializeBinary())
  const signed = new peer.SignedProposal()
  signed.setProposalBytes(whole.serializeBinary())
  return signed
}

export interface TestGatewayOptions {
  readonly channel: PeerChannel
  readonly organization: TestOrganization
  readonly process: Process
  readonly others?: readonly Neighbour[]
  readonly definitions?: ReadonlyMap<string, Partial<ContractDefinition>>
  readonly contracts?: readonly string[]
  readonly endorsementTimeoutMs?: number
}

/** A peer's place on the channel, as others see it. */
export function neighbourAt(
  organization: TestOrganization,
  endpoint: string,
  contracts: readonly string[],
  height = 5,
): Neighbour {
  return {
    endpoint,
    mspId: organization.mspId,
    identity: organization.member('peer').serialized,
    channels: new Map([['orders', { height, contracts: contracts.map((name) => ({ name, version: '1' })) }]]),
  }
}

export interface TestGateway extends Disposable {
  readonly client: Client
  call<Q, R>(method: MethodDefinition<Q, R>, request: Q): Promise<R>
}

export async function testGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const { channel, organization, process, others = [], contracts = ['basic'], definitions = new Map() } = options
  const self = neighbourAt(organization, 'here:7051', contracts)
  const channels = testChannels()
  channels.add(channel)
  const connections = openConnections()
  const given: GatewayOptions = {
    channels,
    endorser: { process: async (signed) => process(signed) },
    neighbours: { self: () => self, others: () => others, onChannel: () => [self, ...others] },
    lifecycle: testLifecycle(definitions, new Set()),
    access: {
      checkChannel(_channel, resource, { signature }) {
        if (signature.length === 0) throw new Error(`no right to ${resource}`)
      },
      checkLocal: () => undefined,
    },
    connections,
    systemContracts: new Set(['qscc']),
    endorsementTimeoutMs: options.endorsementTimeoutMs ?? 60_000,
    broadcastTimeoutMs: 60_000,
    overrides: [],
  }
  const service = gatewayService(given)
  const server = await serve(service.definition, service.implementation)
  const client = new Client(server.address, credentials.createInsecure())
  return {
    client,
    call: ({ path, requestSerialize, responseDeserialize }, request) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, answer) => {
          if (error || !answer) reject(error ?? new Error('no answer'))
          else resolve(answer)
        })
      }),
    [Symbol.dispose]() {
      client.close()
      service[Symbol.dispose]()
      connections[Symbol.dispose]()
      server[Symbol.dispose]()
    },
  }
}

/** The refusal as a client reads it: code, sentence, and what each node said. */
export async function refusal(call: Promise<unknown>) {
  const error: ServiceError = await call.then(
    () => {
      throw new Error('it was not refused')
    },
    (reason: ServiceError) => reason,
  )
  const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? []
  const details = Buffer.isBuffer(bytes) ? google.rpc.Status.deserializeBinary(bytes).getDetailsList() : []
  return {
    code: status[error.code],
    message: error.details,
    said: details.map((any) => gateway.ErrorDetail.deserializeBinary(any.getValue_asU8()).toObject()),
  }
}
