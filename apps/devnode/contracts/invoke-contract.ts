/** One call of a contract, by a proposal or by another contract: found, checked, run. */
import type { peer } from '@hyperledger/fabric-protos'
import type { AccessControl } from '../access/access.ts'
import type { PeerChannel, PeerChannels } from '../committing/peer-channel.ts'
import type { TraceSink } from '../trace/trace.ts'
import {
  type ContractCall,
  type Contracts,
  type FoundContract,
  type Invocation,
  type Outcome,
  ReturnedFailure,
} from './contract.ts'
import { initializedKey } from './contracts-of.ts'
import { wrapped } from './words.ts'

export interface InvokingOptions {
  readonly contracts: Contracts
  readonly channels: Pick<PeerChannels, 'get'>
  readonly access: AccessControl
}

/** Everything of an invocation but how it calls on. */
export type Call = Omit<Invocation, 'call'>

/** Finds the contract and calls it. @throws as `Contract.invoke`, or Error in Fabric's words: it may not be called so */
export async function invokeContract(options: InvokingOptions, call: Call): Promise<Outcome> {
  const found = await checkedContract(options.contracts, call)
  return found.contract.invoke({ ...call, call: callsFrom(options, call) })
}

/** Fabric's CheckInvocation (core/chaincode/chaincode_support.go): init exactly once for each version, where it is required. */
async function checkedContract(contracts: Contracts, call: Call): Promise<FoundContract> {
  const { channel, contract: name, simulator, isInit } = call
  const found = await contracts.find(channel, name, simulator).catch((error) => {
    const words = `invalid invocation: [channel ${channel?.name ?? ''}] failed to get chaincode container info for ${name}`
    throw wrapped(words, error)
  })
  const refuse = (words: string): never => {
    throw new Error(`invalid invocation: chaincode '${name}' ${words}`)
  }
  if (isInit) {
    if (!found.initRequired) refuse('does not require initialization but called as init')
    if (!found.needsInit) refuse('is already initialized but called as init')
    simulator?.put(name, initializedKey, Buffer.from(found.version))
  } else if (found.needsInit) {
    refuse('has not been initialized for this version, must call as init first')
  }
  return found
}

/** How a running contract calls others. */
function callsFrom(options: InvokingOptions, caller: Call): ContractCall {
  return async (target, args) => {
    const { contract, place, channel } = calledPlace(options, caller, target)
    const isHere = place === (caller.channel?.name ?? '')
    // Another channel is only read: what the called contract would write there is dropped, as in Fabric.
    using other = isHere ? undefined : await channel?.simulate(caller.txId, caller.trace)
    const call = {
      ...caller,
      ...(isHere || !channel || !other ? {} : { channel, simulator: other }),
      contract,
      args,
      isInit: false,
      decorations: new Map<string, Uint8Array>(),
    }
    // Awaited here: the simulator of another channel is closed only then.
    return await traced(caller.trace, { contract, channel: place }, () => invokeContract(options, call))
  }
}

/** @throws Error in Fabric's words: it may not be called, or there is no such channel */
function calledPlace({ channels, contracts, access }: InvokingOptions, caller: Call, target: string) {
  const called = parseTarget(target)
  const place = called.channel === '' ? (caller.channel?.name ?? '') : called.channel
  const channel = channels.get(place)
  if (!contracts.isSystem(called.name)) checkAccess(access, caller, channel, place)
  if (place !== '' && !channel) throw new Error(`failed to find ledger for channel: ${place}`)
  return { contract: called.name, place, channel }
}

/** Fabric's sentence in front of what fails, and a line in the trace. */
async function traced(
  trace: TraceSink | undefined,
  called: { readonly contract: string; readonly channel: string },
  invoke: () => Promise<Outcome>,
): Promise<peer.Response> {
  const add = (status: number) => trace?.add({ kind: 'call', ...called, status })
  try {
    const { response } = await invoke()
    add(response.getStatus())
    return response
  } catch (error) {
    add(500)
    throw error instanceof ReturnedFailure ? error : wrapped('execute failed', error)
  }
}

function checkAccess(access: AccessControl, caller: Call, channel: PeerChannel | undefined, place: string): void {
  if (!channel) throw new Error(`Failed to get policy manager for channel [${place}]`)
  const { signedProposal, creator } = caller
  access.checkChannel(channel, 'peer/ChaincodeToChaincode', {
    data: signedProposal.getProposalBytes_asU8(),
    identity: creator,
    signature: signedProposal.getSignature_asU8(),
  })
}

/** `name:version/channel`, as fabric-shim writes it; the version is not heeded. */
function parseTarget(target: string): { readonly name: string; readonly channel: string } {
  const slash = target.indexOf('/')
  const [name = ''] = (slash < 0 ? target : target.slice(0, slash)).split(':')
  return { name, channel: slash < 0 ? '' : target.slice(slash + 1) }
}
