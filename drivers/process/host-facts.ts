import { statfs } from 'node:fs/promises'
import { availableParallelism, hostname, totalmem } from 'node:os'
import type { HostFacts } from '@cello/ports'

/** `amd64` or `arm64`, as Fabric names this machine's processor. */
export function hostArch(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch
}

/** @param folder where nodes keep their data: its disk is the one that counts. */
export async function readHostFacts(folder: string, given: Pick<HostFacts, 'address' | 'ports'>): Promise<HostFacts> {
  const disk = await statfs(folder)
  return {
    hostname: hostname(),
    os: process.platform,
    arch: hostArch(),
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    diskFreeBytes: disk.bavail * disk.bsize,
    diskTotalBytes: disk.blocks * disk.bsize,
    ...given,
  }
}
