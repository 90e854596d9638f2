/** For tests only: two peers' lifecycles on one channel whose state is in memory, and what organizations do with them. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { peer } from '@hyperledger/fabric-protos'
import type { AccessControl } from '../../access/access.ts'
import type { PeerChannel } from '../../committing/peer-channel.ts'
import { testLog } from '../../packages/testing/test-packages.ts'
import type { Lifecycle } from '../lifecycle.ts'
import { openLifecycle } from '../open-lifecycle.ts'
import { openTestLedger, type TestAnswer, type TestLedger } from './test-ledger.ts'

const protos = peer.lifecycle
const everybody: AccessControl = { checkChannel: () => undefined, checkLocal: () => undefined }

export interface World {
  readonly ledger: TestLedger
  readonly channel: PeerChannel
  readonly lifecycle: Lifecycle
  /** The lifecycle of the other organization's peer, on the same channel. */
  readonly other: Lifecycle
}

export async function inWorld(act: (world: World) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'devnode-lifecycle-'))
  using ledger = openTestLedger()
  const { channel } = ledger
  const channels = {
    get: (name: string) => (name === channel.name ? channel : undefined),
    names: () => [channel.name],
    join: () => Promise.reject(new Error('not here')),
  }
  const open = (mspId: string) =>
    openLifecycle({
      folder: join(folder, mspId),
      builders: [],
      environment: {},
      installTimeoutMs: 5_000,
      log: testLog().log,
      mspId,
      access: everybody,
      channels: () => channels,
    })
  try {
    await act({ ledger, channel, lifecycle: await open('Org1MSP'), other: await open('Org2MSP') })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Of a definition; the contract `lc` at its first sequence where nothing else is said. */
export interface Wanted {
  readonly name?: string
  readonly version?: string
  readonly sequence?: number
  readonly initRequired?: boolean
  readonly collections?: peer.CollectionConfigPackage
}

interface Fillable {
  setName(value: string): void
  setVersion(value: string): void
  setSequence(value: number): void
  setInitRequired(value: boolean): void
  setCollections(value?: peer.CollectionConfigPackage): void
  serializeBinary(): Uint8Array
}

export function filled<M extends Fillable>(message: M, wanted: Wanted): M {
  message.setName(wanted.name ?? 'lc')
  message.setVersion(wanted.version ?? '1.0')
  message.setSequence(wanted.sequence ?? 1)
  message.setInitRequired(wanted.initRequired ?? false)
  if (wanted.collections) message.setCollections(wanted.collections)
  return message
}

function approval(wanted: Wanted = {}, packageId?: string): Uint8Array {
  const message = filled(new protos.ApproveChaincodeDefinitionForMyOrgArgs(), wanted)
  if (packageId !== undefined) {
    const local = new protos.ChaincodeSource.Local()
    local.setPackageId(packageId)
    const source = new protos.ChaincodeSource()
    source.setLocalPackage(local)
    message.setSource(source)
  }
  return message.serializeBinary()
}

export const approve = ({ ledger }: World, { contract }: Lifecycle, wanted?: Wanted, packageId?: string) =>
  ledger.call(contract, ['ApproveChaincodeDefinitionForMyOrg', approval(wanted, packageId)], true)

export const commit = ({ ledger, lifecycle }: World, wanted: Wanted = {}) => {
  const message = filled(new protos.CommitChaincodeDefinitionArgs(), wanted)
  return ledger.call(lifecycle.contract, ['CommitChaincodeDefinition', message.serializeBinary()], true)
}

export async function ok(answer: Promise<TestAnswer>): Promise<TestAnswer> {
  const found = await answer
  assert.equal(found.response.getMessage(), '')
  assert.equal(found.response.getStatus(), 200)
  return found
}

export async function refused(answer: Promise<TestAnswer>, sentence: string | RegExp, status = 500): Promise<void> {
  const { response } = await answer
  if (typeof sentence === 'string') assert.equal(response.getMessage(), sentence)
  else assert.match(response.getMessage(), sentence)
  assert.equal(response.getStatus(), status)
}
