/** For tests only: a channel with contracts on it, and how scenarios do things there. */
import { join } from 'node:path'
import { type Signer, waitUntilConnected } from '@cello/fabric'
import { packageContract } from '@cello/fabric/lifecycle'
import { freePorts } from '@cello/fabric/testing/real-node'
import { type Client, Metadata, type MethodDefinition, type ServiceError, status } from '@grpc/grpc-js'
import { type common, peer } from '@hyperledger/fabric-protos'
import { type NodeProcess, nodeProcess } from '../../fabric-harness/node-process.ts'
import type { KnownText } from '../agreement/normal.ts'
import { Reached, type Seen } from '../agreement/scenario.ts'
import { channel } from '../ordering.ts'
import { sendEnvelopes } from '../raw-clients.ts'
import { codeName, describeAnswer, textOf } from './describe.ts'
import { Follower, type Placed } from './follower.ts'
import type { Organization, PeerNetwork, RunningPeer } from './network.ts'
import { type MadeProposal, makeProposal, type ProposalOptions, type Step } from './proposals.ts'
import { envelopeOf, partsOf } from './transactions.ts'

/** Milliseconds that a call may take; longer than any time-out of the peers. */
const patienceMs = 90_000

/** What a unary call gave: a message, or the status of the call. */
export type Outcome<R> =
  | { readonly answer: R }
  | { readonly failed: { readonly code: string; readonly details: string; readonly metadata: Metadata } }

export type Call = Partial<Omit<ProposalOptions, 'args'>> & {
  readonly contract: string
  /** Steps of the contract of the agreement, or the arguments themselves. */
  readonly steps?: readonly Step[]
  readonly args?: readonly (string | Uint8Array)[]
}

/** A world that scenarios are played in. */
export class World implements AsyncDisposable {
  readonly network: PeerNetwork
  readonly reached = new Reached()
  readonly channel = channel
  readonly followers: readonly [Follower, Follower]
  readonly known: KnownText[] = []
  readonly #contracts = new Map<string, NodeProcess>()
  readonly #packages = new Map<string, string>()
  #base = 0

  constructor(network: PeerNetwork) {
    this.network = network
    const [first, second] = network.peers
    this.followers = [
      new Follower(first.connection, first.org.admin, channel),
      new Follower(second.connection, second.org.admin, channel),
    ]
    for (const { address, name } of network.peers) this.known.push([address, name])
    this.known.push([network.ordering.folder, '<folder>'])
    this.known.push([`127.0.0.1:${network.ordering.ports.service}`, 'orderer0.example.com'])
  }

  /** A scenario begins: blocks are counted from here. */
  begin(): void {
    this.#base = this.height
  }

  /** The height where the scenario began. */
  get base(): number {
    return this.#base
  }

  get height(): number {
    return this.followers[0].height
  }

  organization(number: 1 | 2 | 3): Organization {
    const found = this.network.organizations[number - 1]
    if (!found) throw new Error(`no organization ${number}`)
    return found
  }

  peer(number: number): RunningPeer {
    const found = this.network.peers[number - 1]
    if (!found) throw new Error(`no peer ${number}`)
    return found
  }

  get user(): Signer {
    return this.organization(1).user
  }

  /** Asks peer `at` (1 or 2) with a proposal as it is. */
  async ask(signed: peer.SignedProposal, at = 1): Promise<Outcome<peer.ProposalResponse>> {
    this.reached.add('Endorser/ProcessProposal')
    return unary(this.peer(at).connection.client, peer.EndorserService.processProposal, signed)
  }

  /** A proposal on the channel by the first organization's user, unless said otherwise. */
  propose({ steps, args, ...call }: Call): Promise<MadeProposal> {
    const [name = ''] = args ?? []
    if (/^(cscc|qscc|_lifecycle)$/.test(call.contract) && typeof name === 'string') {
      this.reached.add(`${call.contract}.${name}`)
    }
    return makeProposal({ by: this.user, channel, ...call, args: args ?? ['run', JSON.stringify(steps ?? [])] })
  }

  /** Asks one peer to simulate. @returns what is seen of its answer */
  async simulate(call: Call, at = 1): Promise<Seen> {
    const made = await this.propose(call)
    return this.seenOf(await this.ask(made.signed, at), made)
  }

  /** The answer's response alone: for what reads. */
  async query(call: Call, at = 1): Promise<Seen> {
    const { response, ...rest } = await this.simulate(call, at)
    return response === undefined ? rest : { response }
  }

  seenOf(outcome: Outcome<peer.ProposalResponse>, made?: MadeProposal): Seen {
    if ('failed' in outcome) return { call: { code: outcome.failed.code, details: outcome.failed.details } }
    if (made) this.known.push([made.transactionId, '<transaction id>'])
    return describeAnswer(outcome.answer, this.#base)
  }

  /** Has peers endorse. @throws where one does not */
  async endorse(call: Call, at: readonly number[] = [1, 2]): Promise<Endorsed> {
    const made = await this.propose(call)
    const outcomes = await Promise.all(at.map((number) => this.ask(made.signed, number)))
    const answers = outcomes.map((outcome) => {
      const answer = 'answer' in outcome ? outcome.answer : undefined
      if (answer?.getEndorsement()) return answer
      throw new Error(`not endorsed: ${JSON.stringify(this.seenOf(outcome, made))}`)
    })
    return { made, answers, envelope: await envelopeOf(partsOf(made, answers)) }
  }

  /** Sends envelopes to the orderer at once, for one block, and waits until both peers have them in blocks. */
  async order(...envelopes: readonly common.Envelope[]): Promise<readonly Placed[]> {
    const height = this.followers[0].height
    const { connection, process: orderer } = this.network.orderer
    const several = envelopes.length > 1 ? orderer : undefined
    await waitUntilConnected(connection)
    for (const { status: taken, info } of await sendEnvelopes(connection, envelopes, several)) {
      if (taken !== 'SUCCESS') throw new Error(`the orderer refused: ${taken} ${info}`)
    }
    const seen = (of: Follower) => of.since(height).length >= envelopes.length
    await this.followers[0].until(() => seen(this.followers[0]), 'the envelopes are in blocks of peer 1')
    await this.followers[1].until(() => seen(this.followers[1]), 'the envelopes are in blocks of peer 2')
    const placed = this.followers[0].since(height)
    for (const { code } of placed) this.reached.add(`code ${codeName(code)}`)
    return placed
  }

  /** Orders, and tells each envelope's verdict at both peers, and whether all came into one block. */
  async verdicts(...envelopes: readonly common.Envelope[]): Promise<Seen> {
    const height = this.height
    const placed = await this.order(...envelopes)
    const others = this.followers[1].since(height)
    return {
      codes: placed.map(({ code }) => codeName(code)),
      sameAtOther: placed.every(({ code }, index) => code === others[index]?.code),
      blocks: new Set(placed.map(({ block }) => block)).size,
    }
  }

  /** Endorses and orders. */
  async transact(call: Call, at: readonly number[] = [1, 2]): Promise<Seen> {
    const { envelope, answers } = await this.endorse(call, at)
    const payload = textOf(answers[0]?.getResponse()?.getPayload_asU8() ?? new Uint8Array())
    const { codes } = await this.verdicts(envelope)
    return { codes, payload }
  }

  /** Starts the contract of the agreement for a package of this label. @returns the package */
  async serveContract(label: string): Promise<{ readonly packageId: string; readonly bytes: Uint8Array }> {
    const [port = 0] = await freePorts(1)
    const address = `127.0.0.1:${port}`
    const made = await packageContract({ label, service: { address, dialTimeoutSeconds: 5 } })
    const folder = join(import.meta.dirname, 'contract')
    const running = nodeProcess({
      program: process.execPath,
      args: [join(folder, 'index.js')],
      env: { PATH: '/usr/bin:/bin', CONTRACT_ID: made.packageId, CONTRACT_ADDRESS: address },
      folder,
      logFolder: join(this.network.ordering.folder, `contract-${label}`),
    })
    running.start()
    this.#contracts.set(label, running)
    this.#packages.set(label, made.packageId)
    this.known.push([made.packageId, `<package ${label}>`], [address, `contract ${label}`])
    return made
  }

  /** The process of a package's contract. */
  contractOf(label: string): NodeProcess {
    const found = this.#contracts.get(label)
    if (found === undefined) throw new Error(`no contract ${label}`)
    return found
  }

  /** The id of a package that `serveContract` made. */
  packageOf(label: string): string {
    const found = this.#packages.get(label)
    if (found === undefined) throw new Error(`no package ${label}`)
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#contracts.values()].map((process) => process.stop()))
    await Promise.all(this.followers.map((follower) => follower[Symbol.asyncDispose]()))
  }
}

export interface Endorsed {
  readonly made: MadeProposal
  readonly answers: readonly peer.ProposalResponse[]
  readonly envelope: common.Envelope
}

/** One call without translation of its errors. */
export function unary<Q, R>(client: Client, method: MethodDefinition<Q, R>, request: Q): Promise<Outcome<R>> {
  const { path, requestSerialize, responseDeserialize } = method
  return new Promise((resolve, reject) => {
    const options = { deadline: Date.now() + patienceMs }
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      new Metadata(),
      options,
      (error, answer) => {
        if (error) resolve({ failed: failureOf(error) })
        else if (answer === undefined) reject(new Error('an answer without a message'))
        else resolve({ answer })
      },
    )
  })
}

export function failureOf({ code, details, metadata }: ServiceError) {
  return { code: status[code] ?? String(code), details, metadata }
}
