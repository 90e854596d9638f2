/** For tests only: the devnode's orderer in this process, with TLS, and a channel that it has already. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, credentials } from '@grpc/grpc-js'
import { common, orderer } from '@hyperledger/fabric-protos'
import type { TestMember } from '../../endorsement/testing/test-organization.ts'
import { memoryLedgers } from '../../ledger/memory-ledgers.ts'
import { Log } from '../../operations/log.ts'
import { startOrderer } from '../../orderer.ts'
import { readOrdererSettings } from '../../settings/orderer-settings.ts'

export interface TestOrderer extends AsyncDisposable {
  readonly port: number
  /** @throws Error when it is not taken */
  broadcast(envelope: common.Envelope): Promise<void>
}

export interface TestOrdererOptions {
  readonly channel: string
  readonly genesis: Uint8Array
  readonly member: TestMember
  readonly mspId: string
  /** PEM of the authority of its own and of its clients' certificates. */
  readonly root: string
  readonly mutualTls: boolean
  /** Default: any. */
  readonly port?: number
}

export async function testOrderer(options: TestOrdererOptions): Promise<TestOrderer> {
  const folder = mkdtempSync(join(tmpdir(), 'cello-orderer-'))
  writeFiles(folder, options)
  const ledgers = memoryLedgers()
  await ledgers.create(options.channel, options.genesis)
  const settings = readOrdererSettings({ folder, yaml: '', env: environment(folder, options) })
  const running = await startOrderer({ settings, log: new Log(() => undefined), ledgers })
  const { service: port } = running.ports
  const { member, root } = options
  const pair = [Buffer.from(member.key), Buffer.from(member.certificate)] as const
  const client = new Client(`localhost:${port}`, credentials.createSsl(Buffer.from(root), ...pair))
  return {
    port,
    broadcast: (envelope) => broadcast(client, envelope),
    async [Symbol.asyncDispose]() {
      client.close()
      await running[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function writeFiles(folder: string, { member, root }: TestOrdererOptions): void {
  for (const name of ['signcerts', 'keystore', 'cacerts']) mkdirSync(join(folder, 'msp', name), { recursive: true })
  writeFileSync(join(folder, 'msp/signcerts/cert.pem'), member.certificate)
  writeFileSync(join(folder, 'msp/keystore/key.pem'), member.key)
  writeFileSync(join(folder, 'msp/cacerts/ca.pem'), root)
}

function environment(folder: string, { mspId, mutualTls, port = 0 }: TestOrdererOptions): Record<string, string> {
  return {
    ORDERER_GENERAL_LISTENADDRESS: '127.0.0.1',
    ORDERER_GENERAL_LISTENPORT: String(port),
    ORDERER_GENERAL_LOCALMSPID: mspId,
    ORDERER_GENERAL_LOCALMSPDIR: join(folder, 'msp'),
    ORDERER_GENERAL_BOOTSTRAPMETHOD: 'none',
    ORDERER_GENERAL_TLS_ENABLED: 'true',
    ORDERER_GENERAL_TLS_CERTIFICATE: join(folder, 'msp/signcerts/cert.pem'),
    ORDERER_GENERAL_TLS_PRIVATEKEY: join(folder, 'msp/keystore/key.pem'),
    ORDERER_GENERAL_TLS_CLIENTAUTHREQUIRED: String(mutualTls),
    ORDERER_GENERAL_TLS_CLIENTROOTCAS: `[${join(folder, 'msp/cacerts/ca.pem')}]`,
    ORDERER_ADMIN_LISTENADDRESS: '127.0.0.1:0',
    ORDERER_OPERATIONS_LISTENADDRESS: '127.0.0.1:0',
    ORDERER_FILELEDGER_LOCATION: join(folder, 'ledger'),
  }
}

function broadcast(client: Client, envelope: common.Envelope): Promise<void> {
  const { path, requestSerialize, responseDeserialize } = orderer.AtomicBroadcastService.broadcast
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize)
  return new Promise((resolve, reject) => {
    call.on('error', reject)
    call.on('data', (answer: orderer.BroadcastResponse) => {
      call.end()
      if (answer.getStatus() === common.Status.SUCCESS) resolve()
      else reject(new Error(`${answer.getStatus()}: ${answer.getInfo()}`))
    })
    call.write(envelope)
  })
}
