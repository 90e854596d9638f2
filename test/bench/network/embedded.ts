import { basename, dirname, join } from 'node:path'
import { createDevnodeLedger } from '@cello/ledger-fabric'
import { openSealer, openStore } from '@cello/store'
import { administrator, invokeContract, queryContract } from '@cello/usecases'
import { createEmbeddedDriver } from '../../embedded/embedded-driver.ts'
import { type Drive, drive } from '../../simulation/drive.ts'
import { devnodeDocument } from './document.ts'
import type { Measured, Run } from './measured.ts'
import type { BuiltContract } from './ours.ts'

const call = { actor: administrator }

/** The control plane, the orderer and the peers in this process, the contract in processes of its own; made and stopped. */
export async function runEmbedded(contract: BuiltContract, { folder, signal }: Run): Promise<Measured> {
  await using store = await openStore({
    file: join(folder, 'cello.db'),
    sealer: await openSealer(join(folder, 'master.key')),
  })
  const driver = createEmbeddedDriver(folder)
  const node = await driver.addProgram({ kind: 'file', path: process.execPath })
  await using platform = await drive({
    store,
    driver,
    ledger: createDevnodeLedger(),
    // The programs that it would start are this process's own.
    runtime: { kind: 'devnode', version: '3.1.5', programs: { node, devnode: node } },
    contractRuntime: node,
    contractProgram: () =>
      driver.addProgram({ kind: 'folder', path: dirname(contract.file), entry: basename(contract.file) }),
    contractModules: () =>
      driver.addProgram({ kind: 'folder', path: dirname(contract.modules), entry: basename(contract.modules) }),
    firstPort: 21_000 + Math.floor(Math.random() * 9_000),
    worker: {},
    patienceMs: 60_000,
  })
  return await measure(platform, signal)
}

async function measure(platform: Drive, signal: AbortSignal): Promise<Measured> {
  const document = devnodeDocument(await platform.keepPackage('assets', '1.0'))
  const began = performance.now()
  const since = () => Math.round(performance.now() - began)
  const { network, operation } = await platform.create(document)
  const { state, error, createdAt, steps } = await platform.ended(operation)
  if (state !== 'succeeded') throw new Error(`the embedded network did not come up: ${JSON.stringify(error)}`)
  const readyMs = since()
  const target = { network: network.name, channel: 'bench', contract: 'assets', identity: 'admin' }
  const create = { ...target, function: 'create', args: ['asset-1', 'a kite', '12', 'Grace'] }
  await invokeContract(platform.context(), { ...call, signal }, create)
  const firstCommitMs = since()
  const read = { ...target, function: 'read', args: ['asset-1'] }
  const { result } = await queryContract(platform.context(), { ...call, signal }, read)
  if (!result.includes('a kite')) throw new Error(`the query answered ${result}`)
  const firstQueryMs = since()
  await platform.ended(await platform.change(network.id, () => {}, { power: 'stopped' }))
  const parts = [
    ...steps.flatMap(({ title, startedAt, endedAt }) => {
      if (startedAt === undefined || endedAt === undefined) return []
      return [{ name: title, from: startedAt - createdAt, ms: endedAt - createdAt }]
    }),
    { name: 'operation succeeded', ms: readyMs },
    { name: 'first-commit', ms: firstCommitMs },
    { name: 'first-query', ms: firstQueryMs },
  ]
  return { firstCommitMs, firstQueryMs, parts }
}
