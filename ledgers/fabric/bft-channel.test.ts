import assert from 'node:assert/strict'
import { test } from 'node:test'
import { initialConfig, readChannelConfig } from '@cello/fabric/config'
import { createOrganizationAuthorities, enrol, enrolForTls } from '@cello/fabric/identity'
import { ChannelSpec } from '@cello/model'
import type { ChannelFacts, LedgerNetwork, LedgerNode } from '@cello/ports'
import { channelDefinition } from './channel-definition.ts'
import { createFabricLedger } from './fabric-ledger.ts'
import { observedConfig } from './observed-config.ts'
import { orderersToAsk } from './session/update-channel.ts'

const { enrolment, tls } = createOrganizationAuthorities({ domain: 'orderer.test' })

const organization = (name: string) => ({
  name,
  mspId: `${name}MSP`,
  domain: `${name}.test`.toLowerCase(),
  caCertificate: enrolment.certificate,
  tlsCaCertificate: tls.certificate,
  adminCertificate: `administrator of ${name}`,
})

function orderer(index: number): LedgerNode {
  const name = `orderer${index}`
  const record = {
    id: name,
    networkId: 'n',
    organization: 'Orderer',
    name,
    kind: 'orderer' as const,
    hostId: 'local',
    ports: { service: 20_000 + index },
    power: 'running' as const,
    incarnation: 1,
    removed: false,
    createdAt: 0,
  }
  const hostName = `${name}.orderer.test`
  const { certificate } = enrol(enrolment, { name: hostName, role: 'orderer' })
  const { certificate: tlsCertificate } = enrolForTls(tls, { name: hostName, hosts: ['127.0.0.1'] })
  return { record, hostName, address: '127.0.0.1', certificate, tlsCertificate }
}

const network: LedgerNetwork = {
  id: 'n',
  name: 'council',
  version: '3.1.5',
  organizations: ['Orderer', 'Org1'].map(organization),
  nodes: [0, 1, 2, 3].map(orderer),
}

function channel(settings: object): ChannelFacts {
  const { name, consensus, batch } = ChannelSpec.parse({ name: 'main', consensus: { type: 'bft' }, ...settings })
  const consenters = network.nodes.map(({ record }) => record.id)
  return { name, consensus, batch, orderers: ['Orderer'], members: ['Org1'], consenters, anchors: [] }
}

test('the time-out of batches is where orderers of bft look for it, and is read from there', () => {
  const wanted = channel({ batch: { timeout: '700ms' } })
  const config = readChannelConfig(initialConfig(channelDefinition(wanted, network)))
  assert.equal(config.consensus.type === 'BFT' && config.consensus.options.requestBatchMaxInterval, '700ms')
  const seen = observedConfig('main', config, 1)
  assert.deepEqual(seen.batch, wanted.batch)
  assert.deepEqual(seen.consensus, wanted.consensus)
})

test('options that would halt the channel for good make no genesis block', async () => {
  const ledger = createFabricLedger()
  const wanted = channel({ consensus: { type: 'bft', viewChangeTimeout: '2s' } })
  await assert.rejects(ledger.makeGenesis(wanted, network), { code: 'LEDGER_REFUSED', message: /viewChangeTimeout/ })
  assert.ok((await ledger.makeGenesis(channel({}), network)).length > 0)
})

test('an update is handed to the running consenters of the present config, and to no orderer that is still to be one', () => {
  const config = initialConfig(channelDefinition(channel({}), network))
  const [first, ...rest] = network.nodes
  assert.ok(first)
  const stopped = { ...first, record: { ...first.record, power: 'stopped' as const } }
  const grown = [stopped, ...rest, ...[4, 5, 6].map(orderer)]
  const asked = orderersToAsk({ nodes: grown }, config).map(({ record }) => record.name)
  assert.deepEqual(asked, ['orderer1', 'orderer2', 'orderer3'])
})
