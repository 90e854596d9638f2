/** Renewed and revoked certificates in front of real nodes, in a network that Fabric's own tools made. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect } from 'node:tls'
import { FabricError, pollUntil, type Signer } from '@cello/fabric'
import { configFromBlock, defaultNodeOus, readChannelConfig, setBatch, updateMsp } from '@cello/fabric/config'
import {
  certificateFacts,
  createRevocationList,
  enrol,
  renewAuthority,
  renewCertificate,
  signerOf,
  systemIssuing,
} from '@cello/fabric/identity'
import { configBlockFromOrderer, consensusOf, openRest, readMetrics } from '@cello/fabric/ordering'
import { chainInfo } from '@cello/fabric/peers'
import { prepareUpdate, sendUpdate } from './config-update.ts'
import { joinAll, type RealNetwork, type RunningOrderer, skipReason, startNetwork } from './network.ts'

const channel = 'registry'
type Config = Parameters<typeof updateMsp>[0]
const hasCode = (code: string) => (error: unknown) => error instanceof FabricError && error.code === code
const read = (...path: string[]) => readFileSync(join(...path), 'utf8')

/** An authority that cryptogen made. @param kind `ca` or `tlsca` */
function authorityOf({ crypto, domain }: { crypto: string; domain: string }, kind: 'ca' | 'tlsca') {
  const certificate = read(crypto, kind, `${kind}.${domain}-cert.pem`)
  return { certificate, privateKey: read(crypto, kind, 'priv_sk'), parents: [] }
}

/** SHA-256 of the certificate that an orderer shows. */
async function shownBy({ endpoint: { host, port, serverName = host, tlsRoots } }: RunningOrderer): Promise<string> {
  const socket = connect({ host, port, servername: serverName, ca: [...tlsRoots] })
  await once(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}

describe('certificates of a network of Fabric 3.1.5', { skip: skipReason('3.1.5') }, () => {
  let network: RealNetwork
  before(async () => {
    network = await startNetwork({ version: '3.1.5', consensus: 'etcdraft', orderers: 3, peers: [1, 1], channel })
    await joinAll(network)
  })
  after(() => network[Symbol.asyncDispose]())

  const consensusAt = async ({ connection }: RunningOrderer) => {
    const block = await configBlockFromOrderer(connection, network.ordererAdmin, channel)
    return readChannelConfig(configFromBlock(block).config).consensus
  }

  const askAll = (signer: Signer) =>
    Promise.all(network.peers.map(({ connection }) => chainInfo(connection, signer, channel)))

  /** Whether the leader, if there is one, hears all. */
  async function areAllActive(): Promise<true | undefined> {
    const readings = await Promise.all(
      network.orderers.map(async ({ operations }) => {
        await using rest = openRest(operations)
        return consensusOf(await readMetrics(rest), channel)
      }),
    )
    return readings.some((reading) => reading?.isLeader && reading.activeNodes === 3) || undefined
  }

  test('orderers whose TLS certificates are renewed with their keys stay the consenters that they were', async () => {
    const [first] = network.orderers
    assert.ok(first)
    const before = await consensusAt(first)
    const authority = authorityOf(network.plan.ordererOrg, 'tlsca')
    for (const orderer of network.orderers) {
      const file = join(orderer.plan.crypto, 'tls/server.crt')
      const renewed = renewCertificate(authority, readFileSync(file, 'utf8'))
      await orderer.process.stop()
      writeFileSync(file, renewed)
      orderer.process.start()
      // One at a time, and only while every consenter is heard: the next one waits until this one is back.
      await pollUntil({ doing: 'see all consenters active', channel }, () => areAllActive(), { timeoutMs: 90_000 })
      // The leader may not have missed it yet, and it tells its metrics before it listens.
      const shown = await pollUntil(
        { doing: 'see its certificate', channel },
        () => shownBy(orderer).catch(() => undefined),
        { timeoutMs: 90_000 },
      )
      assert.equal(shown, new X509Certificate(renewed).fingerprint256)
    }
    await sendUpdate(network, await prepareUpdate(network, (it) => setBatch(it, { maxMessageCount: 44 })))
    for (const orderer of network.orderers) assert.deepEqual(await consensusAt(orderer), before, orderer.plan.name)
  })

  test('whom a list of the channel revokes is refused everywhere, and taken with a renewed certificate', async () => {
    const [organization] = network.plan.orgs
    assert.ok(organization)
    const authority = authorityOf(organization, 'ca')
    const msp = join(organization.crypto, 'users', `User1@${organization.domain}`, 'msp')
    const user = network.user('Org1')
    await askAll(user)

    const { serialNumber } = certificateFacts(user.certificate, 0)
    const revoked = [{ serialNumber, revokedAt: Date.now(), reason: 'superseded' as const }]
    const list = createRevocationList(authority, { revoked, number: 1 })
    const edit = (it: Config) => updateMsp(it, 'Org1MSP', { revocationLists: [list] })
    await sendUpdate(network, await prepareUpdate(network, edit, [network.admin('Org1')]))
    for (const { connection } of network.peers) {
      await assert.rejects(chainInfo(connection, user, channel), hasCode('DENIED'))
    }
    await askAll(network.admin('Org1'))

    const [key = ''] = readdirSync(join(msp, 'keystore'))
    const certificate = renewCertificate(authority, user.certificate)
    await askAll(signerOf({ mspId: 'Org1MSP', certificate, privateKey: read(msp, 'keystore', key) }))
  })

  test('a certificate of an authority that began a moment ago is taken', async () => {
    const [, organization] = network.plan.orgs
    assert.ok(organization)
    const authority = authorityOf(organization, 'ca')
    const began = { ...systemIssuing, now: () => certificateFacts(authority.certificate, 0).notBefore }
    const user = enrol(authority, { name: 'early', role: 'client' }, began)
    await askAll(signerOf({ mspId: 'Org2MSP', ...user }))
  })

  test('what an authority issued before it was renewed is taken with the renewed certificate alone', async () => {
    const [, organization] = network.plan.orgs
    assert.ok(organization)
    const authority = authorityOf(organization, 'ca')
    const { certificate } = renewAuthority(authority)
    const edit = (it: Config) => updateMsp(it, 'Org2MSP', { rootCertificates: [certificate], nodeOus: defaultNodeOus })
    await sendUpdate(network, await prepareUpdate(network, edit, [network.admin('Org2')]))
    await askAll(network.user('Org2'))
  })
})
