import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vectorSpec } from '../testing/config-vectors.ts'
import type { BftConsenter, ChannelSpec, OrdererSpec, RaftConsenter } from './channel-spec.ts'
import { type BftOptions, defaultRaftOptions } from './consensus-options.ts'
import { checkChannelSpec } from './spec-check.ts'

const raft = vectorSpec('raft')
const bft = vectorSpec('bft')

function withOrderer(spec: ChannelSpec, orderer: Partial<OrdererSpec>): ChannelSpec {
  return { ...spec, orderer: { ...spec.orderer, ...orderer } }
}

function withRaft(consenters: readonly RaftConsenter[], options = {}): ChannelSpec {
  return withOrderer(raft, { consensus: { type: 'etcdraft', consenters, options } })
}

function withBft(
  edit: (consenters: readonly BftConsenter[]) => readonly BftConsenter[],
  options: Partial<BftOptions> = {},
): ChannelSpec {
  assert.ok(bft.orderer.consensus.type === 'BFT')
  return withOrderer(bft, { consensus: { type: 'BFT', consenters: edit(bft.orderer.consensus.consenters), options } })
}

const withBftOptions = (options: Partial<BftOptions>) => withBft((all) => all, options)

const [consenter] = raft.orderer.consensus.consenters
assert.ok(consenter)
const { batch, organizations } = raft.orderer

const refused: readonly [what: string, spec: ChannelSpec, message: RegExp][] = [
  ['a channel name in capitals', { ...raft, channelId: 'Channel' }, /'Channel' is not a channel name/],
  ['a channel name that is too long', { ...raft, channelId: 'c'.repeat(250) }, /not a channel name/],
  ['an empty batch', withOrderer(raft, { batch: { ...batch, maxMessageCount: 0 } }), /maxMessageCount/],
  ['a preferred size above the absolute', withOrderer(raft, { batch: { ...batch, absoluteMaxBytes: 1 } }), /preferred/],
  ['a time-out without unit', withOrderer(raft, { batch: { ...batch, timeout: '2' } }), /batch timeout '2'/],
  ['a time-out of nothing', withOrderer(raft, { batch: { ...batch, timeout: '0s' } }), /batch timeout/],
  ['no Raft consenter', withRaft([]), /at least one consenter/],
  ['two consenters at one address', withRaft([consenter, consenter]), /same address/],
  ['two consenters with one certificate', withRaft([consenter, { ...consenter, port: 1 }]), /same TLS certificate/],
  [
    'two consenters with one client certificate',
    withRaft([consenter, { ...consenter, port: 1, serverTlsCertificate: 'another' }]),
    /same TLS certificate/,
  ],
  ['a consenter without port', withRaft([{ ...consenter, port: 0 }]), /has no address/],
  ['a consenter at a bare IPv6 address', withRaft([{ ...consenter, host: '::1' }]), /has no address/],
  [
    'a consenter without certificate',
    withRaft([{ ...consenter, clientTlsCertificate: '' }]),
    /lacks a TLS certificate/,
  ],
  ['an election at once', withRaft([consenter], { electionTick: 1 }), /electionTick must be greater/],
  ['a tick of no length', withRaft([consenter], { tickInterval: '0ms' }), /tickInterval/],
  ['a tick of less than a nanosecond', withRaft([consenter], { tickInterval: '0.1ns' }), /tickInterval/],
  [
    'a capability that no peer knows',
    { ...raft, capabilities: { ...raft.capabilities, application: ['V9_9'] } },
    /'V9_9' is no application capability/,
  ],
  ['BFT without V3_0', { ...bft, capabilities: raft.capabilities }, /capability V3_0/],
  ['BFT with one id twice', withBft((all) => all.map((each) => ({ ...each, id: 1 }))), /same id/],
  ['BFT with id 0', withBft((all) => all.map((each) => ({ ...each, id: 0 }))), /id from 1/],
  [
    'BFT with one identity twice',
    withBft((all) => all.map((each) => ({ ...each, identity: 'same' }))),
    /same identity certificate/,
  ],
  [
    'BFT with a consenter of no organization',
    withBft((all) => all.map((each) => ({ ...each, mspId: 'Typo' }))),
    /of the MSP 'Typo', which the channel does not have/,
  ],
  [
    'BFT with a TLS certificate that is none',
    withBft((all) => all.map((each) => ({ ...each, clientTlsCertificate: 'garbage' }))),
    /has a certificate that is none/,
  ],
  ['BFT without a pool', withBftOptions({ requestPoolSize: 0 }), /requestPoolSize must not be 0/],
  [
    'BFT that complains before it forwards',
    withBftOptions({ requestForwardTimeout: '21s' }),
    /requestComplainTimeout 20s must not be shorter than requestForwardTimeout 21s/,
  ],
  [
    'BFT that forgets before it complains',
    withBftOptions({ requestComplainTimeout: '1h' }),
    /requestAutoRemoveTimeout 3m0s must not be shorter/,
  ],
  [
    'BFT whose view changes end before their first reminder',
    withBftOptions({ viewChangeTimeout: '4s' }),
    /viewChangeTimeout 4s must not be shorter than viewChangeResendInterval 5s/,
  ],
  [
    'BFT batches below the size of a request',
    withOrderer(bft, { batch: { ...batch, absoluteMaxBytes: 10_000, preferredMaxBytes: 1 } }),
    /absoluteMaxBytes must be at least 10240/,
  ],
  [
    'BFT batches of more transactions than bytes',
    withOrderer(bft, { batch: { ...batch, maxMessageCount: 20_000_000 } }),
    /maxMessageCount must not exceed absoluteMaxBytes/,
  ],
  ['global addresses with V3_0', withOrderer(bft, { addresses: ['a:1'] }), /global orderer addresses/],
  [
    'no endpoints with V3_0',
    withOrderer(bft, { organizations: organizations.map(({ name, msp }) => ({ name, msp })) }),
    /needs endpoints/,
  ],
  ['an endpoint without port', withOrderer(raft, { addresses: ['orderer'] }), /'orderer' is not host:port/],
  ['an endpoint with a wild port', withOrderer(raft, { addresses: ['orderer:99999'] }), /not host:port/],
  [
    'an anchor peer at a bare IPv6 address',
    {
      ...raft,
      application: {
        organizations: organizations.map((each) => ({ ...each, anchorPeers: [{ host: '::1', port: 1 }] })),
      },
    },
    /'::1:1' is not host:port/,
  ],
  [
    'an organization whose name is no key',
    withOrderer(raft, { organizations: organizations.map((each) => ({ ...each, name: 'Orderer_MSP' })) }),
    /'Orderer_MSP' is no name of an organization/,
  ],
  [
    'a policy whose name is no key',
    { ...raft, policies: { '..': { type: 'ImplicitMeta', rule: 'ANY Readers' } } },
    /'\.\.' is no name of a policy/,
  ],
  ['one name twice', withOrderer(raft, { organizations: [...organizations, ...organizations] }), /same name/],
  [
    'one MSP id twice',
    withOrderer(raft, { organizations: [...organizations, ...organizations.map((each) => ({ ...each, name: 'x' }))] }),
    /same MSP id/,
  ],
  [
    'an organization without roots',
    withOrderer(raft, { organizations: [{ name: 'x', msp: { mspId: 'X', rootCertificates: [] } }] }),
    /lacks a root certificate/,
  ],
]

for (const [what, spec, message] of refused) {
  test(`a channel with ${what} is refused`, () => {
    assert.throws(() => checkChannelSpec(spec), { name: 'FabricError', code: 'INVALID', message })
  })
}

test('what was recorded is accepted, and so is what only others make', () => {
  for (const spec of [raft, bft, vectorSpec('wide')]) checkChannelSpec(spec)
  checkChannelSpec(withOrderer(raft, { addresses: ['[::1]:7050', '10.0.0.1:7050', 'orderer.example.com:443'] }))
  checkChannelSpec(withRaft([consenter], defaultRaftOptions))
  checkChannelSpec(withBft((all) => all.map((each) => ({ ...each, id: each.id + 4_000_000_000 }))))
  checkChannelSpec(withRaft([{ ...consenter, host: '[::1]' }], { snapshotIntervalSize: 0 }))
})
