import { access, readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The newest Fabric in the cache, if there is one. */
export async function fabricPrograms(): Promise<{ version: string; peer: string; orderer: string } | undefined> {
  const cache = join(process.env['CELLO_CACHE'] ?? join(homedir(), '.cache', 'cello'), 'fabric')
  const machine = `linux-${process.arch === 'x64' ? 'amd64' : process.arch}`
  const versions = (await readdir(cache).catch(() => [])).filter((name) => /^\d+\.\d+\.\d+$/.test(name))
  for (const version of versions.sort().reverse()) {
    const folder = join(cache, version, machine, 'bin')
    const [peer, orderer] = [join(folder, 'peer'), join(folder, 'orderer')]
    const isThere = await Promise.all([access(peer), access(orderer)]).then(
      () => true,
      () => false,
    )
    if (isThere) return { version, peer, orderer }
  }
  return undefined
}
