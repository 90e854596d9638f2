import { duration } from '@cello/kit'
import { PlatformError, type StepKind } from '@cello/model'
import { application } from './application.ts'
import type { DemoReport } from './report.ts'

/** What the steps of an operation are to somebody who watches, in the order in which they begin. */
const parts: readonly { readonly title: string; readonly kinds: readonly StepKind[] }[] = [
  { title: 'keys and certificates of every organization', kinds: ['make-identities'] },
  { title: 'genesis block', kinds: ['make-genesis'] },
  { title: 'nodes started', kinds: ['ensure-node'] },
  { title: 'channel joined', kinds: ['join-orderer', 'join-peer', 'update-channel'] },
  { title: 'contract installed and approved', kinds: ['install-package', 'approve-contract'] },
  { title: 'contract committed', kinds: ['commit-contract'] },
  { title: 'every peer sees the others', kinds: ['await-ready'] },
]

export interface TextReportOptions {
  readonly write: (text: string) => void
  readonly colour: boolean
  readonly installedAt: number
}

/** Lines for people, each printed once, when the thing it tells of is done. */
export function textReport({ write, colour, installedAt }: TextReportOptions): DemoReport {
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const line = (mark: string, text: string, ms?: number) =>
    write(`  ${mark} ${text}${ms === undefined ? '' : paint(2, `  ${duration(ms)}`)}\n`)
  const tick = paint(32, '✓')
  const told = new Set<string>()
  let began = Date.now()
  let server = { url: '', tokenFile: '' }
  let asset = ''
  return {
    serving: ({ url, dataDir, tokenFile, movedFrom }) => {
      server = { url, tokenFile }
      write(
        `\n  ${paint(1, 'Cello')} at ${paint(36, url)}${movedFrom ? ` (port ${movedFrom} is taken)` : ''}, data in ${dataDir}\n\n`,
      )
    },
    running: (url) => write(`\n  Cello runs already, at ${paint(36, url)}\n\n`),
    built: ({ name, version }) => {
      line(tick, `contract ${name} ${version} compiled`, Date.now() - began)
    },
    accepted: ({ name, runtime }) => {
      began = Date.now()
      line(tick, `network ${paint(1, name)} accepted: ${runtimeText(runtime)}`)
    },
    found: ({ name, runtime, createdAt }) =>
      line(tick, `network ${paint(1, name)} found again: ${runtimeText(runtime)}, made ${createdAt}`),
    progress: ({ id, steps }) => {
      for (const { title, kinds } of parts) {
        const mine = steps.filter((step) => kinds.includes(step.kind))
        const key = `${id} ${title}`
        if (mine.length === 0 || told.has(key) || mine.some((step) => step.state !== 'done')) continue
        told.add(key)
        const times = mine.map((step) => [Date.parse(step.startedAt ?? ''), Date.parse(step.endedAt ?? '')] as const)
        const ms = Math.max(...times.map(([, end]) => end)) - Math.min(...times.map(([start]) => start))
        line(tick, mine.length > 1 ? `${title} (${mine.length})` : title, ms)
      }
    },
    committed: ({ txId, block }, ms) => {
      line(tick, `first transaction committed in block ${block}: ${paint(2, `${txId.slice(0, 12)}…`)}`)
      write(`\n  ${duration(ms)} after the request, ${duration(Date.now() - installedAt)} after the installation.\n`)
    },
    answered: (result) => {
      asset = result
      line(tick, `and read back: ${result}`)
    },
    failed: (error) => {
      write(`\n  ${paint(31, '✗')} ${error instanceof Error ? error.message : String(error)}\n`)
      if (!(error instanceof PlatformError)) return
      const { lastLines } = error.facts
      if (Array.isArray(lastLines)) for (const text of lastLines) write(`    ${paint(2, text)}\n`)
      write(`    ${error.next}\n\n  The server goes on; Ctrl-C stops it.\n`)
    },
    done: () => {
      if (asset === '') return
      write(
        `\n  An application for this network (save it here as app.mts, run it with ${paint(36, 'npx node app.mts')}):\n\n`,
      )
      for (const text of application(server).split('\n')) write(`    ${text}\n`)
      write(
        `  Next: ${paint(36, 'npx cello network show demo')} · ${paint(36, 'npx cello node logs -f Org1/peer0 --network demo')}\n`,
      )
      write(`  Ctrl-C stops the server and leaves the network running; ${paint(36, 'npx cello down')} stops both.\n`)
    },
    stopped: () =>
      write(
        `\n  The server has stopped. Networks go on running: ${paint(36, 'npx cello down')} stops them, ${paint(36, 'npx cello down --delete')} removes all that Cello made here.\n`,
      ),
  }
}

function runtimeText({ kind, version }: { readonly kind: string; readonly version: string }): string {
  return `${kind === 'fabric' ? 'Hyperledger Fabric' : kind} ${version}`
}
