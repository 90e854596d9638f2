/** For tests only: a process that commits the blocks that it is sent, says each height when it is kept, and is killed. */
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileLedgers } from '../../ledger/file-ledgers.ts'
import { openPrivateStore } from '../../state/open-private-store.ts'
import { openWorldState } from '../../state/open-world-state.ts'
import { openPeerChannels } from '../open-peer-channels.ts'
import { definition } from './test-channel.ts'

const say = (line: string) => process.stdout.write(`${line}\n`)
const [folder = ''] = process.argv.slice(2)
const kv = definition('kv', { collections: [{ name: 'mine', blocksToLive: 3 }] })
const channels = await openPeerChannels({
  ledgers: fileLedgers(folder),
  openState: (name) => openWorldState(join(folder, `${name}.state`)),
  openPrivate: (name) => openPrivateStore(join(folder, `${name}.private`)),
  lifecycle: () => ({ definition: (_reader, name) => (name === 'kv' ? kv : undefined) }),
  mspId: 'Org1MSP',
  richQueries: false,
  onFailure: (_channel, error) => process.stderr.write(`${String(error)}\n`),
})
const [name] = channels.names()
say(`height ${name === undefined ? 0 : (channels.get(name)?.height ?? 0)}`)
for await (const line of createInterface({ input: process.stdin })) {
  const block = Buffer.from(line, 'base64')
  const channel = channels.get(name ?? 'verdicts')
  if (channel) await channel.commit(block)
  else await channels.join(block)
  say(`height ${channels.get('verdicts')?.height ?? 0}`)
}
