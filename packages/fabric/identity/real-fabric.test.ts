/** Our identities in front of those who must accept or refuse them: openssl, configtxgen, orderer and peer. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect } from 'node:tls'
import { realFabric } from '../testing/real-fabric.ts'
import { freePorts, RealNode, run, writeTree } from '../testing/real-node.ts'
import { createOrganizationAuthorities, type OrganizationAuthorities, trustOf } from './authority.ts'
import { type Credential, enrol, enrolForTls, issueEnrolment } from './enrolment.ts'
import { certificateFacts } from './inventory.ts'
import { newPrivateKey } from './keys.ts'
import { memberMspFiles, organizationMspFiles, tlsFiles, under } from './msp-files.ts'
import { createRevocationList } from './revocation.ts'
import { createSigningRequest, readSigningRequest } from './signing-request.ts'

function workFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'cello-identity-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function nodeFiles(
  organization: OrganizationAuthorities,
  name: string,
  role: 'peer' | 'orderer',
  lists: string[] = [],
) {
  const node = enrol(organization.enrolment, { name, role })
  const tls = enrolForTls(organization.tls, { name, hosts: [name, 'localhost', '127.0.0.1'] })
  const msp = memberMspFiles({ ...organization, revocationLists: lists }, node)
  return { ...under('msp', msp), ...under('tls', tlsFiles(organization.tls, tls)) }
}

/** Whether a TLS server answers that our root vouches for. */
function answersTls(port: number, organization: OrganizationAuthorities, client?: Credential): Promise<boolean> {
  const { root } = trustOf(organization.tls)
  const intermediates = trustOf(organization.tls).intermediates.join('')
  const presented = client && { cert: client.certificate + intermediates, key: client.privateKey }
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, ca: root, servername: 'localhost', ...presented })
    socket.once('secureConnect', () => {
      resolve(socket.authorized)
      socket.destroy()
    })
    socket.once('error', () => resolve(false))
  })
}

const openssl = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed'

test('openssl verifies our chains, and refuses what our list revokes', { skip: openssl }, async (context) => {
  const folder = workFolder(context)
  const organization = createOrganizationAuthorities({ domain: 'org1.example', withIntermediates: true })
  const { root, intermediates } = trustOf(organization.enrolment)
  const user = enrol(organization.enrolment, { name: 'user', role: 'client', attributes: { level: '3' } })
  const node = enrolForTls(organization.tls, { name: 'peer0', hosts: ['peer0.org1.example'] })
  const { serialNumber } = certificateFacts(user.certificate, 0)
  const revoked = [{ serialNumber, revokedAt: Date.now(), reason: 'keyCompromise' as const }]
  writeTree(folder, {
    'root.pem': root,
    'between.pem': intermediates.join(''),
    'user.pem': user.certificate,
    'list.pem': createRevocationList(organization.enrolment, { revoked, number: 1 }),
    'tls-root.pem': trustOf(organization.tls).root,
    'tls-between.pem': organization.tls.certificate,
    'node.pem': node.certificate,
    'request.pem': createSigningRequest({ subject: { commonName: 'x' }, hosts: ['a.b'], privateKey: newPrivateKey() }),
  })
  const file = (name: string): string => join(folder, name)
  const chain = ['-x509_strict', '-CAfile', file('root.pem'), '-untrusted', file('between.pem')]
  const enrolled = await run('openssl', ['verify', ...chain, file('user.pem')])
  assert.equal(enrolled.code, 0, enrolled.text)
  const refused = await run('openssl', [
    'verify',
    ...chain,
    '-crl_check',
    '-CRLfile',
    file('list.pem'),
    file('user.pem'),
  ])
  assert.match(refused.text, /certificate revoked/)
  const tlsChain = ['-CAfile', file('tls-root.pem'), '-untrusted', file('tls-between.pem')]
  for (const purpose of ['sslserver', 'sslclient']) {
    const options = ['-purpose', purpose, '-verify_hostname', 'peer0.org1.example']
    const served = await run('openssl', ['verify', ...tlsChain, ...options, file('node.pem')])
    assert.equal(served.code, 0, `${purpose}: ${served.text}`)
  }
  const request = await run('openssl', ['req', '-verify', '-noout', '-in', file('request.pem')])
  assert.match(request.text, /verify OK/)
})

for (const version of ['3.1.5', '2.5.16']) {
  const fabric = realFabric(version, ['configtxgen', 'orderer', 'peer'])

  for (const withIntermediates of [false, true]) {
    const kind = withIntermediates ? 'with intermediates' : 'of roots alone'

    test(`configtxgen ${version} reads our organization ${kind}`, { skip: fabric.skip }, async (context) => {
      const folder = workFolder(context)
      const organization = createOrganizationAuthorities({ domain: 'org1.example', withIntermediates })
      const list = createRevocationList(organization.enrolment, { revoked: [], number: 1 })
      const rules = ['Readers', 'Writers', 'Admins'].map(
        (name) => `      ${name}: { Type: Signature, Rule: "OR('Org1MSP.admin')" }`,
      )
      const organizations = [
        'Organizations:',
        '  - Name: Org1',
        '    ID: Org1MSP',
        '    MSPDir: msp',
        '    Policies:',
        ...rules,
      ]
      writeTree(folder, {
        'configtx.yaml': organizations.join('\n'),
        ...under('msp', organizationMspFiles({ ...organization, revocationLists: [list] })),
      })
      const { code, text } = await run(fabric.program('configtxgen'), ['-configPath', folder, '-printOrg', 'Org1'])
      assert.equal(code, 0, text)
      const printed = JSON.parse(text.slice(text.indexOf('{\n'), text.lastIndexOf('}') + 1))
      const { config } = printed.values.MSP.value
      assert.equal(Buffer.from(config.root_certs[0], 'base64').toString(), trustOf(organization.enrolment).root)
      assert.equal(Buffer.from(config.revocation_list[0], 'base64').toString(), list)
      assert.equal(config.fabric_node_ous.admin_ou_identifier.organizational_unit_identifier, 'admin')
    })

    test(`an orderer ${version} starts with our folders ${kind} and serves our TLS`, {
      skip: fabric.skip,
    }, async (context) => {
      const folder = workFolder(context)
      const organization = createOrganizationAuthorities({ domain: 'orderer.example', withIntermediates })
      writeTree(folder, nodeFiles(organization, 'orderer0.orderer.example', 'orderer'))
      const [port, admin, operations] = await freePorts(3)
      const tls = (prefix: string) => ({
        [`${prefix}_TLS_ENABLED`]: 'true',
        [`${prefix}_TLS_PRIVATEKEY`]: join(folder, 'tls/server.key'),
        [`${prefix}_TLS_CERTIFICATE`]: join(folder, 'tls/server.crt'),
      })
      const env = {
        FABRIC_CFG_PATH: fabric.config,
        ORDERER_GENERAL_LISTENADDRESS: '127.0.0.1',
        ORDERER_GENERAL_LISTENPORT: String(port),
        ORDERER_GENERAL_LOCALMSPID: 'OrdererMSP',
        ORDERER_GENERAL_LOCALMSPDIR: join(folder, 'msp'),
        ORDERER_GENERAL_BOOTSTRAPMETHOD: 'none',
        ORDERER_GENERAL_TLS_ROOTCAS: `[${join(folder, 'tls/ca.crt')}]`,
        ORDERER_CHANNELPARTICIPATION_ENABLED: 'true',
        ORDERER_ADMIN_LISTENADDRESS: `127.0.0.1:${admin}`,
        ORDERER_ADMIN_TLS_CLIENTROOTCAS: `[${join(folder, 'tls/ca.crt')}]`,
        ORDERER_ADMIN_TLS_CLIENTAUTHREQUIRED: 'true',
        ORDERER_OPERATIONS_LISTENADDRESS: `127.0.0.1:${operations}`,
        ORDERER_FILELEDGER_LOCATION: join(folder, 'ledger'),
        ORDERER_CONSENSUS_WALDIR: join(folder, 'wal'),
        ORDERER_CONSENSUS_SNAPDIR: join(folder, 'snap'),
        ...tls('ORDERER_GENERAL'),
        ...tls('ORDERER_ADMIN'),
      }
      await using node = new RealNode({ program: fabric.program('orderer'), args: [], env, folder })
      await node.until('the orderer answers over TLS', () => answersTls(Number(port), organization))
      const client = enrolForTls(organization.tls, { name: 'admin', hosts: [] })
      await node.until('the admin listener takes our client', () => answersTls(Number(admin), organization, client))
    })
  }

  test(`a peer ${version} obeys our admin, and neither a client who asked to be one nor a revoked admin`, {
    skip: fabric.skip,
  }, async (context) => {
    const folder = workFolder(context)
    const organization = createOrganizationAuthorities({ domain: 'org1.example' })
    const admin = enrol(organization.enrolment, { name: 'Admin@org1.example', role: 'admin' })
    const former = enrol(organization.enrolment, { name: 'Former@org1.example', role: 'admin' })
    const pretender = newPrivateKey()
    const subject = { commonName: 'eve', units: ['admin'] }
    const request = readSigningRequest(createSigningRequest({ subject, privateKey: pretender }))
    const eve = issueEnrolment(organization.enrolment, request.publicKeyInfo, { name: request.name, role: 'client' })
    const { serialNumber } = certificateFacts(former.certificate, 0)
    const revoked = [{ serialNumber, revokedAt: Date.now() }]
    const list = createRevocationList(organization.enrolment, { revoked, number: 1 })
    writeTree(folder, {
      ...nodeFiles(organization, 'peer0.org1.example', 'peer', [list]),
      ...under('admin', memberMspFiles(organization, admin)),
      ...under('former', memberMspFiles(organization, former)),
      ...under('eve', memberMspFiles(organization, { certificate: eve, privateKey: pretender })),
    })
    const [port, chaincode, operations] = await freePorts(3)
    const env = {
      FABRIC_CFG_PATH: fabric.config,
      CORE_PEER_ID: 'peer0',
      CORE_PEER_ADDRESS: `localhost:${port}`,
      CORE_PEER_LISTENADDRESS: `127.0.0.1:${port}`,
      CORE_PEER_CHAINCODELISTENADDRESS: `127.0.0.1:${chaincode}`,
      CORE_PEER_LOCALMSPID: 'Org1MSP',
      CORE_PEER_MSPCONFIGPATH: join(folder, 'msp'),
      CORE_PEER_FILESYSTEMPATH: join(folder, 'data'),
      CORE_LEDGER_SNAPSHOTS_ROOTDIR: join(folder, 'snapshots'),
      CORE_OPERATIONS_LISTENADDRESS: `127.0.0.1:${operations}`,
      CORE_PEER_TLS_ENABLED: 'true',
      CORE_PEER_TLS_CERT_FILE: join(folder, 'tls/server.crt'),
      CORE_PEER_TLS_KEY_FILE: join(folder, 'tls/server.key'),
      CORE_PEER_TLS_ROOTCERT_FILE: join(folder, 'tls/ca.crt'),
    }
    await using node = new RealNode({ program: fabric.program('peer'), args: ['node', 'start'], env, folder })
    await node.until('the peer answers over TLS', () => answersTls(Number(port), organization))
    await node.until('the peer is up', () => node.log().includes('Started peer with ID'))
    const listAs = (who: string) =>
      run(fabric.program('peer'), ['lifecycle', 'chaincode', 'queryinstalled'], {
        ...env,
        CORE_PEER_MSPCONFIGPATH: join(folder, who),
      })
    const byAdmin = await listAs('admin')
    assert.equal(byAdmin.code, 0, byAdmin.text)
    assert.match(byAdmin.text, /Installed chaincodes on peer/)
    for (const who of ['eve', 'former']) {
      const { code, text } = await listAs(who)
      assert.notEqual(code, 0, who)
      assert.match(text, /access denied|Failed verifying that proposal's creator satisfies local MSP principal/, who)
    }
    assert.match(node.log(), /The certificate has been revoked/)
  })
}
