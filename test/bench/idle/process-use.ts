import { readFile } from 'node:fs/promises'

/** Clock ticks a second in /proc: Linux tells user programs 100, whatever it uses itself. */
const ticksPerSecond = 100

export interface ProcessUse {
  /** Milliseconds of processor time, of all threads. */
  readonly cpuMs: number
  readonly rssMiB: number
}

/** What a process has used so far, and its memory now: proc(5). */
export async function processUse(pid: number): Promise<ProcessUse> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const kiB = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)
  return { cpuMs: (ticks * 1000) / ticksPerSecond, rssMiB: kiB / 1024 }
}
