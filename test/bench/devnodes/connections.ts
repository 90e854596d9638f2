import { readdir, readFile, readlink } from 'node:fs/promises'

/** The ports that each node listens on, by its name. */
export type NodePorts = Record<string, readonly number[]>

/** TCP_ESTABLISHED of include/net/tcp_states.h, as /proc/net/tcp writes it. */
const established = '01'

/** How many TCP connections a process holds open to each node now. Linux only: proc(5), /proc/PID/net/tcp and /proc/PID/fd. */
export async function connectionsTo(pid: number, ports: NodePorts): Promise<ReadonlyMap<string, number>> {
  const nodeOf = new Map(Object.entries(ports).flatMap(([node, all]) => all.map((port) => [port, node] as const)))
  const own = await socketsOf(pid)
  const counts = new Map<string, number>()
  for (const table of ['tcp', 'tcp6']) {
    const [, ...lines] = (await readFile(`/proc/${pid}/net/${table}`, 'utf8')).trim().split('\n')
    for (const line of lines) {
      const fields = line.trim().split(/\s+/)
      const [remote = '', state, inode = ''] = [fields[2], fields[3], fields[9]]
      const node = nodeOf.get(Number.parseInt(remote.slice(remote.indexOf(':') + 1), 16))
      if (state !== established || node === undefined || !own.has(inode)) continue
      counts.set(node, (counts.get(node) ?? 0) + 1)
    }
  }
  return counts
}

/** Inodes of the sockets that a process holds. */
async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
  const folder = `/proc/${pid}/fd`
  const links = await Promise.all(
    // A file may be closed meanwhile.
    (await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => '')),
  )
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}
