/*
 * A process that writes for as long as it lives, to be killed at any moment: each network that the store has acknowledged
 * is said on stdout, one name a line. Arguments: data folder, prefix of its names, `idle` to only open the store, or `once` to end after that.
 */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { newId } from '@cello/kit'
import { NetworkSpec } from '@cello/model'
import { openStore } from '../open-store.ts'
import { openSealer } from '../sealer.ts'

const [folder = '.', prefix = 'n', mode = 'write'] = process.argv.slice(2)
const store = await openStore({
  file: join(folder, 'cello.db'),
  sealer: await openSealer(join(folder, 'master.key')),
})
const host = await store.hosts.ensure({ id: 'h', name: 'local', driver: 'fake', settings: {}, createdAt: 1 })
writeSync(1, 'ready\n')
if (mode === 'once') await store[Symbol.asyncDispose]()
else if (mode === 'idle') setInterval(() => {}, 1000)
else for (let n = 0; ; n += 4) await Promise.all([n, n + 1, n + 2, n + 3].map((number) => write(`${prefix}-${number}`)))

async function write(name: string): Promise<void> {
  const network = {
    id: newId(),
    name,
    spec: NetworkSpec.parse({ name, organizations: [{ name: 'Org1' }] }),
    runtime: { kind: 'fake', version: '3.1.5', programs: {} },
    hostId: host.id,
    power: 'running',
    deleting: false,
    generation: 1,
    observedGeneration: 0,
    createdAt: 1,
    nodes: [],
  } as const
  await store.networks.create(network, { id: newId(), kind: 'create-network', actor: 'child', at: 1 })
  writeSync(1, `${name}\n`)
}
