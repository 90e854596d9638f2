/**
 * What a ledger can do with a field that is there: `change` its value, `grow` a list, `remove` from it. None of them:
 * never.
 */
export type ChangeVerb = 'change' | 'grow' | 'remove'

export interface ChangeRule {
  readonly can: readonly ChangeVerb[]
  /** Why not more, or what the change means. */
  readonly why?: string
  /** The nearest act where it cannot be done. */
  readonly next?: string
}

/** Every field of a network's document. A test compares it with the schema; docs/changes.md is made from it. */
export const changeRules = {
  name: never('a network keeps its name', 'Create a network of the new name.'),
  host: never('a network stays on its host', 'Create a network on the other host.'),
  'runtime.kind': never('what a network runs is fixed at its creation', 'Create a network with the other runtime.'),
  'runtime.version': never('what a network runs is fixed at its creation', 'Create a network with the other runtime.'),

  'organizations[]': only(
    ['grow'],
    'its identities are in the ledger and stay valid there',
    'Remove its nodes as far as its channels allow; keep the organization.',
  ),
  'organizations[].name': never('another name is another organization', 'Add an organization with the new name.'),
  'organizations[].mspId': never(
    'an MSP id is part of every signature in the ledger',
    'Add an organization with the new MSP id.',
  ),
  'organizations[].domain': never(
    'the domain is part of every certificate',
    'Add an organization with the new domain.',
  ),
  'organizations[].custody': never(
    'whose keys they are was settled when they were made',
    'Add an organization with the other custody.',
  ),
  'organizations[].orderers[]': may(['grow', 'remove'], 'one consenter at a time, while all that stay are up'),
  'organizations[].orderers[].name': may(['change'], 'a new node takes the place of the old one'),
  'organizations[].orderers[].run': never('who looks after a node is fixed', 'Add a node and remove this one.'),
  'organizations[].orderers[].host': never(
    'a node stays on its host',
    'Add a node on the other host and remove this one.',
  ),
  'organizations[].peers[]': may(['grow', 'remove']),
  'organizations[].peers[].name': may(['change'], 'a new node takes the place of the old one'),
  'organizations[].peers[].run': never('who looks after a node is fixed', 'Add a node and remove this one.'),
  'organizations[].peers[].host': never(
    'a node stays on its host',
    'Add a node on the other host and remove this one.',
  ),

  'channels[]': only(['grow'], 'a channel cannot be taken out of a ledger', 'Leave it unused, or delete the network.'),
  'channels[].name': never('another name is another channel', 'Add a channel with the new name.'),
  'channels[].consensus.type': never(
    'the kind of consensus of a running channel is not changed here',
    'Add a channel with the other consensus.',
  ),
  'channels[].consensus.tickInterval': may(['change']),
  'channels[].consensus.electionTick': may(['change']),
  'channels[].consensus.heartbeatTick': may(['change']),
  'channels[].consensus.maxInflightBlocks': may(['change']),
  'channels[].consensus.snapshotIntervalSize': may(['change']),
  'channels[].consensus.requestForwardTimeout': may(['change']),
  'channels[].consensus.requestComplainTimeout': may(['change']),
  'channels[].consensus.viewChangeTimeout': may(['change']),
  'channels[].consensus.leaderHeartbeatTimeout': may(['change']),
  'channels[].batch.timeout': may(['change']),
  'channels[].batch.maxMessages': may(['change']),
  'channels[].batch.absoluteMaxBytes': may(['change']),
  'channels[].batch.preferredMaxBytes': may(['change']),
  'channels[].orderers[]': only(
    ['grow'],
    'an organization would stop ordering the channel',
    'Keep at least one orderer of the organization on the channel.',
  ),
  'channels[].members[]': only(
    ['grow'],
    'an organization would leave the channel, and a peer leaves a channel only offline',
    'Keep at least one peer of the organization; its peers can be stopped.',
  ),
  'channels[].contracts[]': may(['grow', 'remove'], 'definition and packages of a removed one stay in the ledger'),
  'channels[].contracts[].name': may(['change'], 'another name is another contract, with a state of its own'),
  'channels[].contracts[].version': may(['change'], 'the next sequence'),
  'channels[].contracts[].package': may(['change'], 'new nodes beside the old, which go after the commit'),
  'channels[].contracts[].code': may(['change'], 'its nodes are restarted; the ledger knows nothing of it'),
  'channels[].contracts[].address': may(['change'], 'another package is installed; the old stays on the peers'),
  'channels[].contracts[].policy': may(['change'], 'the next sequence'),
  'channels[].contracts[].initRequired': may(['change'], 'the next sequence'),
  'channels[].contracts[].collections[]': only(
    ['grow'],
    'a collection stays in the definition of its contract for good',
    'Keep the collection; one that was never committed goes if the contract is removed and deployed anew.',
  ),
  'channels[].contracts[].collections[].name': never('another name is another collection', 'Add a collection.'),
  'channels[].contracts[].collections[].policy': may(['change'], 'the next sequence'),
  'channels[].contracts[].collections[].requiredPeerCount': may(['change'], 'the next sequence'),
  'channels[].contracts[].collections[].maxPeerCount': may(['change'], 'the next sequence'),
  'channels[].contracts[].collections[].blockToLive': never(
    'when private data is purged is fixed with the first commit',
    'Add a collection with the other blockToLive.',
  ),
  'channels[].contracts[].collections[].memberOnlyRead': may(['change'], 'the next sequence'),
  'channels[].contracts[].collections[].memberOnlyWrite': may(['change'], 'the next sequence'),
  'channels[].contracts[].collections[].endorsementPolicy.signaturePolicy': may(['change'], 'the next sequence'),
  'channels[].contracts[].collections[].endorsementPolicy.channelConfigPolicy': may(['change'], 'the next sequence'),
  'channels[].contracts[].organizations[]': may(['grow', 'remove'], 'those that no longer run it still approve'),
  'channels[].contracts[].peers[]': may(['grow', 'remove'], 'what is installed stays installed'),
} as const satisfies Record<string, ChangeRule>

export type ChangeField = keyof typeof changeRules

/** Refusals that hang on more than one field. */
export const changeLimits = {
  'stopped-orderer': {
    when: 'Orderers of a channel are added or removed while one that stays is stopped, or too few are up.',
    why: 'the set of orderers is not changed while one of them is stopped: it could cost the quorum',
    next: 'Start every orderer of the channel first.',
  },
  'name-of-another-kind': {
    when: 'A name that an orderer has is given to a peer, or the other way round.',
    why: 'the certificates under this name say what kind of node it is',
    next: 'Take another name.',
  },
  'name-in-removal': {
    when: 'A node is added under the name of one that is still being removed.',
    why: 'a node of this name is still being removed',
    next: 'Wait until it is gone, or take another name.',
  },
} as const satisfies Record<string, { readonly when: string; readonly why: string; readonly next: string }>

export type ChangeLimit = keyof typeof changeLimits

function never(why: string, next: string) {
  return { can: [], why, next } as const
}

function only(can: readonly ChangeVerb[], why: string, next: string) {
  return { can, why, next } as const
}

function may(can: readonly ChangeVerb[], why?: string): ChangeRule {
  return why === undefined ? { can } : { can, why }
}
