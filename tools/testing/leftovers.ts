/** What a suite left behind: processes that carry its mark, files in its temporary folder. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

export interface LeftProcess {
  readonly pid: number
  readonly command: string
}

/**
 * Processes whose environment, arguments or working folder name this mark. The mark is the path of the suite's own
 * temporary folder, set as TMPDIR: whatever a test starts either inherits it or runs on files inside of it.
 */
export function processesMarked(mark: string): LeftProcess[] {
  const found: LeftProcess[] = []
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    const command = read(pid, 'cmdline')
    // A zombie has neither arguments nor environment: it is dead, and its parent's business.
    if (command === '') continue
    if ([command, read(pid, 'environ'), workingFolder(pid)].some((text) => text.includes(mark))) {
      found.push({ pid, command: command.replaceAll('\0', ' ').trim().slice(0, 200) })
    }
  }
  return found
}

function read(pid: number, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

function workingFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

/** Ends them for good; they were started by the suite. */
export function killAll(processes: readonly LeftProcess[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself meanwhile.
    }
  }
}

/** Names in the folder, those that Node's own programs keep there left out. */
export function filesLeft(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('node-compile-cache'))
    .map((name) => join(folder, name))
}
