import { closeSync, existsSync, openSync, readSync } from 'node:fs'

/** Enough for an ELF header with its program headers, and for the first line of a script. */
const headBytes = 8192

/** ELF e_machine, by Fabric's name of the architecture (elf(5); EM_X86_64, EM_AARCH64). */
const elfMachines: Readonly<Record<string, number>> = { amd64: 62, arm64: 183 }
const machineNames: Readonly<Record<number, string>> = {
  3: 'x86 of 32 bits',
  21: 'ppc64le',
  40: 'arm of 32 bits',
  62: 'amd64',
  183: 'arm64',
  22: 's390x',
  243: 'riscv64',
}

/** Whether this machine can run a file, found by reading its beginning. */
export interface Suitability {
  /** `data`: nothing that is ever started by itself, which is fine for what another program reads. */
  readonly kind: 'fits' | 'foreign' | 'data'
  /** Why it does not fit, in words. */
  readonly why: string
}

/** @param arch as Fabric names it, `amd64` or `arm64`. */
export function judgeExecutable(path: string, arch: string): Suitability {
  const head = readHead(path)
  if (head.subarray(0, 4).toString('latin1') === '\x7fELF') return judgeElf(head, arch)
  if (head.subarray(0, 2).toString('latin1') === '#!') return judgeScript(head)
  const elsewhere = otherSystem(head)
  if (elsewhere !== undefined) return foreign(`it is made for ${elsewhere}, and this is linux on ${arch}`)
  return { kind: 'data', why: 'it is neither a Linux program nor a script that names its interpreter' }
}

function judgeElf(head: Buffer, arch: string): Suitability {
  if (head.length < 64) return foreign('it is cut short')
  const machine = head.readUInt16LE(18)
  if (head[4] !== 2 || head[5] !== 1 || machine !== elfMachines[arch]) {
    return foreign(`it is made for ${machineNames[machine] ?? `machine ${machine}`}, and this machine is ${arch}`)
  }
  const interpreter = elfInterpreter(head)
  if (interpreter !== undefined && !existsSync(interpreter)) {
    return foreign(`it needs ${interpreter}, which this machine lacks: it was built for another C library`)
  }
  return fits
}

/** The dynamic loader that an ELF file of 64 bits asks for: its PT_INTERP header, see elf(5). */
function elfInterpreter(head: Buffer): string | undefined {
  const [start, size, count] = [Number(head.readBigUInt64LE(32)), head.readUInt16LE(54), head.readUInt16LE(56)]
  for (let at = start; at < start + size * count && at + 56 <= head.length; at += size) {
    if (head.readUInt32LE(at) !== 3) continue
    const [offset, length] = [Number(head.readBigUInt64LE(at + 8)), Number(head.readBigUInt64LE(at + 32))]
    // The text ends with a NUL.
    return offset + length <= head.length ? head.toString('utf8', offset, offset + length - 1) : undefined
  }
  return undefined
}

function judgeScript(head: Buffer): Suitability {
  const line = head.toString('utf8').split('\n', 1)[0] ?? ''
  const [interpreter = '', argument] = line.slice(2).trim().split(/\s+/)
  if (!interpreter.startsWith('/') || !existsSync(interpreter)) {
    return foreign(`it asks for the interpreter ${interpreter || '(none)'}, which this machine lacks`)
  }
  const sought = interpreter.endsWith('/env') ? argument : undefined
  if (sought !== undefined && !['/usr/local/bin', '/usr/bin', '/bin'].some((at) => existsSync(`${at}/${sought}`))) {
    return foreign(`it asks for the interpreter ${sought}, which this machine lacks`)
  }
  return fits
}

function otherSystem(head: Buffer): string | undefined {
  if (head.subarray(0, 2).toString('latin1') === 'MZ') return 'Windows'
  const magic = head.length >= 4 ? head.readUInt32BE(0) : 0
  return [0xcffaedfe, 0xfeedfacf, 0xcafebabe].includes(magic) ? 'macOS' : undefined
}

const fits: Suitability = { kind: 'fits', why: '' }

function foreign(why: string): Suitability {
  return { kind: 'foreign', why }
}

function readHead(path: string): Buffer {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(headBytes)
    return head.subarray(0, readSync(file, head, 0, headBytes, 0))
  } finally {
    closeSync(file)
  }
}
