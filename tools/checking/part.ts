/** One part of the check: what it is called, how it runs, and how to mend what it finds. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Finding, Project, Rule } from './project.ts'

export interface Part {
  readonly name: string
  readonly mend: string
  /** @returns what is wrong, '' where nothing is */
  readonly run: (root: string, project: () => Project) => Promise<string>
}

export interface PartResult {
  readonly part: Part
  readonly complaint: string
  readonly ms: number
}

/** A part that is a program of node_modules: it fails where the program ends with anything but 0. */
export function programPart(name: string, mend: string, command: readonly string[]): Part {
  return { name, mend, run: (root) => runProgram(command, root) }
}

/** A part that is a list of our own rules. */
export function rulesPart(name: string, mend: string, rules: readonly Rule[]): Part {
  return {
    name,
    mend,
    run: async (_root, project) => rules.flatMap((rule) => rule(project()).map(describe)).join('\n'),
  }
}

function describe({ path, line, message }: Finding): string {
  return `${path}${line === undefined ? '' : `:${line}`}  ${message}`
}

/** The program runs under our own Node, by its file: a bin's first line may name another. */
function runProgram([file = '', ...args]: readonly string[], root: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'node_modules', file), ...args], {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    const hear = (chunk: Buffer): void => {
      said += chunk
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code === 0 ? '' : said.trim() || `it ended with ${code ?? signal}`))
  })
}

/** Runs one part and takes its time; a part that throws is a part that fails. */
export async function runPart(part: Part, root: string, project: () => Project): Promise<PartResult> {
  const startedAt = performance.now()
  const complaint = await part.run(root, project).catch((error: unknown) => String(error))
  return { part, complaint, ms: performance.now() - startedAt }
}
