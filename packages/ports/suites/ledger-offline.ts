import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { specDigest } from '../spec-digest.ts'
import { mainChannel, peerRefs } from './ledger-channels.ts'
import type { SuiteNetwork } from './ledger-network.ts'
import { type LedgerCapabilities, refusal } from './ledger-world.ts'

/** What is made out of given things, before any node runs. Leaves three organizations and the rows of five nodes. */
export function describeOffline(given: () => SuiteNetwork, capabilities: LedgerCapabilities): void {
  describe('what is made before a node runs', () => {
    test('an organization has two authorities and an administrator, with new keys each time', async () => {
      const { ledger } = given().world
      const facts = { name: 'Other', mspId: 'OtherMSP', domain: 'other.suite.cello' }
      const [first, second] = [await ledger.makeOrganization(facts), await ledger.makeOrganization(facts)]
      assert.deepEqual(first.map(({ subject }) => subject).sort(), ['admin', 'ca', 'tls-ca'])
      const secrets = [...first, ...second].map(({ key }) => key?.reveal())
      assert.equal(new Set(secrets).size, 6)
      const read = new Map(first.map(({ subject, certificate }) => [subject, ledger.readCertificate(certificate)]))
      assert.equal(read.get('ca')?.isAuthority, true)
      assert.equal(read.get('tls-ca')?.isAuthority, true)
      assert.equal(read.get('admin')?.isAuthority, false)
      assert.equal(read.get('admin')?.role, 'admin')
      assert.equal(read.get('admin')?.issuer, read.get('ca')?.subject)
      for (const { notBefore, notAfter } of read.values()) {
        assert.ok(notBefore <= Date.now() && notAfter > Date.now() + 24 * 3600 * 1000)
      }
    })

    test('a name that no certificate can hold is refused', async () => {
      const { ledger } = given().world
      const facts = { name: 'Other', mspId: 'OtherMSP', domain: `${'o'.repeat(60)}.suite.cello` }
      await assert.rejects(ledger.makeOrganization(facts), refusal('LEDGER_REFUSED'))
    })

    test('nodes have an enrolment and a TLS identity', async () => {
      for (const name of ['Orderer', 'Org1', 'Org2']) await given().addOrganization(name)
      for (const ref of [...given().ordererRefs, ...peerRefs]) {
        const [organization = '', name = ''] = ref.split('/')
        await given().addNode(organization === 'Orderer' ? 'orderer' : 'peer', organization, name)
      }
      const { ledger } = given().world
      const node = given().node('Org1/peer0')
      const enrolment = ledger.readCertificate(node.certificate ?? '')
      const tls = ledger.readCertificate(node.tlsCertificate ?? '')
      assert.equal(enrolment.role, 'peer')
      assert.equal(tls.role, undefined)
      assert.ok(tls.names.includes(node.hostName), tls.names.join(', '))
      assert.notEqual(enrolment.serial, tls.serial)
    })

    test('a user has a key, and one who asks with a request keeps it', async () => {
      const { ledger } = given().world
      const organization = given().organization('Org1')
      const ca = given().authority('Org1', 'ca')
      const held = await ledger.makeUser({ organization, ca, name: 'alice', role: 'client' })
      assert.equal(held.subject, 'user/alice')
      assert.ok(held.key)
      assert.equal(ledger.readCertificate(held.certificate).role, 'client')
      const certificateRequest = await given().world.certificateRequest('bob')
      const own = await ledger.makeUser({ organization, ca, name: 'bob', role: 'client', certificateRequest })
      assert.equal(own.key, undefined)
      assert.equal(ledger.readCertificate(own.certificate).role, 'client')
    })

    test('a user who brings a key for TLS gets a certificate without a role for it', async () => {
      const { ledger } = given().world
      const tlsCa = given().authority('Org1', 'tls-ca')
      const certificateRequest = await given().world.certificateRequest('bob')
      const organization = given().organization('Org1')
      const made = await ledger.certifyTlsClient({ organization, tlsCa, name: 'bob', certificateRequest })
      assert.deepEqual([made.subject, made.key], ['user-tls/bob', undefined])
      const facts = ledger.readCertificate(made.certificate)
      assert.equal(facts.issuer, ledger.readCertificate(tlsCa.certificate).subject)
      assert.deepEqual([facts.role, facts.isAuthority, facts.names], [undefined, false, []])
    })

    test('what is no certificate and what is no policy are refused', () => {
      const { ledger } = given().world
      assert.throws(() => ledger.readCertificate('nonsense'), refusal('LEDGER_REFUSED'))
      assert.throws(() => ledger.normalizePolicy("AND('Org1MSP.member'"), refusal('LEDGER_REFUSED'))
    })

    test('a policy is written in one way, and that way stays as it is', () => {
      const { ledger } = given().world
      const texts = ["and('Org1MSP.peer','Org2MSP.peer')", "OutOf(2,'Org1MSP.peer', 'Org2MSP.peer')"]
      const [first, second] = texts.map((text) => ledger.normalizePolicy(text))
      assert.equal(first, second)
      assert.equal(ledger.normalizePolicy(first ?? ''), first)
      assert.equal(ledger.normalizePolicy('/Channel/Application/Endorsement'), '/Channel/Application/Endorsement')
    })

    test('two genesis blocks of one channel differ', async () => {
      const channel = mainChannel(given())
      const { ledger } = given().world
      const [first, second] = [
        await ledger.makeGenesis(channel, given().view),
        await ledger.makeGenesis(channel, given().view),
      ]
      assert.notDeepEqual(first, second)
    })

    test('a channel of consensus bft is made, or refused as unsupported', async () => {
      const { ledger } = given().world
      const consensus = {
        type: 'bft',
        requestForwardTimeout: '2s',
        requestComplainTimeout: '20s',
        viewChangeTimeout: '20s',
        leaderHeartbeatTimeout: '1m0s',
      } as const
      const made = ledger.makeGenesis({ ...mainChannel(given()), consensus }, given().view)
      if (capabilities.bft) assert.ok((await made).length > 0)
      else await assert.rejects(made, refusal('UNSUPPORTED'))
    })

    test('a channel of several orderers is made, or refused as unsupported', async () => {
      const [id = ''] = given().ordererRefs.map((ref) => given().idOf(ref))
      const channel = mainChannel(given())
      const consenters = capabilities.consenters ? channel.consenters : [id, id]
      const made = given().world.ledger.makeGenesis({ ...channel, consenters }, given().view)
      if (capabilities.consenters) assert.ok((await made).length > 0)
      else await assert.rejects(made, refusal('UNSUPPORTED'))
    })

    test('a node is described equally from equal input, secrets by nothing but their file', () => {
      const spec = given().describe('Org1/peer0')
      assert.equal(specDigest(spec), specDigest(given().describe('Org1/peer0')))
      assert.equal(spec.id, given().idOf('Org1/peer0'))
      assert.deepEqual(spec.ports, given().node('Org1/peer0').record.ports)
      assert.ok(Object.hasOwn(spec.programs, spec.command))
      assert.ok(spec.secretFiles.length > 0)
      const shown = JSON.stringify(spec)
      for (const { content } of spec.secretFiles) assert.ok(!shown.includes(JSON.stringify(content.reveal())))
    })

    test('the programs of each kind of node are named', () => {
      const { ledger, programs } = given().world
      for (const kind of ['orderer', 'peer', 'contract'] as const) {
        for (const name of ledger.programsFor(kind)) assert.ok(Object.hasOwn(programs, name), `${kind}: ${name}`)
      }
    })

    test('a package is equal for equal input, and its id tells others apart', async () => {
      const { ledger } = given().world
      const request = { label: 'basic_1.0', address: '127.0.0.1:9999' }
      const first = await ledger.packageContract(request)
      assert.deepEqual(await ledger.packageContract(request), first)
      assert.match(first.id, /^basic_1\.0:[0-9a-f]{64}$/)
      assert.notEqual((await ledger.packageContract({ ...request, address: '127.0.0.1:9998' })).id, first.id)
    })
  })
}
