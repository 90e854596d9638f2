import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fabricTools } from './fabric-tools.ts'
import type { ConnectionFacts, EndpointView } from './facts.ts'

const endpoint = (node: string, port: number, adminPort?: number): EndpointView => ({
  node,
  organization: node.split('/')[0] ?? '',
  address: `127.0.0.1:${port}`,
  serverName: `${node}.example`,
  tlsRoot: `root of ${node.split('/')[0]}`,
  ...(adminPort && { adminAddress: `127.0.0.1:${adminPort}` }),
})
const peers = [endpoint('Org1/peer0', 1), endpoint('Org1/peer1', 2), endpoint('Org-2/peer0', 3)]
const facts: ConnectionFacts = {
  network: 'demo',
  organization: 'Org1',
  mspId: 'Org1MSP',
  channels: ['main'],
  peers,
  orderers: [endpoint('Orderer/orderer0', 4, 5), endpoint('Orderer/orderer1', 6, 7)],
}

test('every peer has its variables, and flags name one of each organization, the chosen one first of its own', () => {
  const { env, files } = fabricTools(facts, peers[1])
  assert.equal(env['CORE_PEER_ADDRESS'], '127.0.0.1:2')
  assert.deepEqual([env['ORG1_PEER0_ADDRESS'], env['ORG_2_PEER0_CA']], ['127.0.0.1:1', '{dir}/tls/Org-2-ca.pem'])
  const flags = [
    '--peerAddresses 127.0.0.1:2 --tlsRootCertFiles {dir}/tls/Org1-ca.pem',
    '--peerAddresses 127.0.0.1:3 --tlsRootCertFiles {dir}/tls/Org-2-ca.pem',
  ]
  assert.equal(env['PEER_CONN_PARMS'], flags.join(' '))
  assert.deepEqual(files, {
    'tls/Org1-ca.pem': 'root of Org1',
    'tls/Org-2-ca.pem': 'root of Org-2',
    'tls/Orderer-ca.pem': 'root of Orderer',
  })
})

test('an organization without orderers of its own is not told how others administer theirs', () => {
  const { env } = fabricTools(facts, peers[0])
  assert.equal(env['ORDERER_ADDRESS'], '127.0.0.1:4')
  assert.deepEqual(
    Object.keys(env).filter((name) => /ADMIN|OSNADMIN/.test(name)),
    [],
  )
})

test('an organization with orderers is told where each is administered, and by which files', () => {
  const { env } = fabricTools({ ...facts, organization: 'Orderer', peers: [] }, undefined)
  assert.equal(env['ORDERER_ORDERER1_ADMIN_ADDRESS'], '127.0.0.1:7')
  assert.equal(
    env['OSNADMIN_PARMS'],
    '--orderer-address 127.0.0.1:5 --ca-file {dir}/tls/Orderer-ca.pem --client-cert {dir}/tls/client.crt --client-key {dir}/tls/client.key',
  )
  assert.deepEqual([env['CORE_PEER_ADDRESS'], env['PEER_CONN_PARMS']], [undefined, undefined])
})
