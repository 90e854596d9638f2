import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { NetworkSpecInput } from '@cello/model'
import { packFolder } from '@cello/server/demo/pack-folder'
import { type ServerProcess, startServerProcess } from '../server-process.ts'
import type { Measured, Run } from './measured.ts'

const contractFolder = join(import.meta.dirname, '../../../examples/contracts/assets')
const network = 'bench'

export interface BuiltContract {
  readonly digest: string
  /** What is started, in the server's data directory. */
  readonly file: string
  /** The kept modules that its nodes start from, there too. */
  readonly modules: string
}

/** The contract of the benchmark, built by a server. */
export async function buildContract({ client, dataDir }: ServerProcess): Promise<BuiltContract> {
  const { digest } = await client.packages.upload({ body: await packFolder(contractFolder) })
  const programs = join(dataDir, 'programs')
  const modules = (await readdir(programs)).map((name) => join(programs, name, 'kept-modules.cjs')).find(existsSync)
  if (modules === undefined) throw new Error(`no kept modules in ${programs}`)
  return { digest, file: join(programs, digest, 'cello-contract.cjs'), modules }
}

/**
 * Makes a network by a fresh server over an empty data directory, calls its contract, and stops it. The clock starts when
 * the server has accepted the request (`createdAt` of its operation).
 */
export async function runOurs(
  document: (digest: string) => NetworkSpecInput,
  { folder, signal }: Run,
): Promise<Measured> {
  await using server = await startServerProcess(folder)
  const { client } = server
  const { digest } = await buildContract(server)
  const sentAt = Date.now()
  const { id, createdAt } = await client.networks.create({ body: document(digest), signal })
  try {
    const start = Date.parse(createdAt)
    const since = () => Date.now() - start
    const ended = await client.waitForOperation(id, { signal })
    if (ended.state !== 'succeeded') throw new Error(`the network did not come up: ${JSON.stringify(ended.error)}`)
    const readyMs = since()
    const params = { network, channel: 'bench', contract: 'assets' }
    const create = { function: 'create', args: ['asset-1', 'a kite', '12', 'Grace'] }
    await client.contracts.invoke({ params, body: create, signal })
    const firstCommitMs = since()
    const { result } = await client.contracts.query({ params, body: { function: 'read', args: ['asset-1'] }, signal })
    const firstQueryMs = since()
    if (!result.includes('a kite')) throw new Error(`the query answered ${result}`)
    const steps = ended.steps.flatMap(({ title, startedAt, endedAt }) => {
      if (startedAt === undefined || endedAt === undefined) return []
      const from = Date.parse(startedAt) - start
      return [{ name: title, from, ms: Date.parse(endedAt) - start }]
    })
    const parts = [
      { name: 'accepted', from: sentAt - start, ms: 0 },
      ...steps.sort((a, b) => a.from - b.from || a.ms - b.ms),
      { name: 'operation succeeded', ms: readyMs },
      { name: 'first-commit', ms: firstCommitMs },
      { name: 'first-query', ms: firstQueryMs },
    ]
    return { firstCommitMs, firstQueryMs, parts }
  } finally {
    const { id: stop } = await client.networks.stop({ params: { network } })
    await client.waitForOperation(stop)
  }
}
