import { homedir } from 'node:os'
import { duration } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { UnsuitableFabric } from '@cello/usecases'
import { application } from './application.ts'
import type { DemoReport } from './report.ts'
import { type StatusLine, statusLine } from './status-line.ts'
import { doneParts, partUnderWay } from './step-parts.ts'

/** Column of the terminal at which times end; with the margin it stays well below 80. */
const timesEnd = 72
const longestAnswer = 40

const sources = {
  configured: 'in the folder that CELLO_FABRIC names',
  path: 'found on PATH',
  cache: 'found in the cache',
} as const

export interface TextReportOptions {
  readonly write: (text: string) => void
  /** A person watches: what goes on now is shown in the last line. */
  readonly isTerminal: boolean
  readonly colour: boolean
  readonly installedAt: number
}

/** Lines for people, each printed once, when the thing it tells of is done. Times are those of the part, and parts overlap. */
export function textReport(options: TextReportOptions): DemoReport {
  const page = pageOf(options)
  return {
    ...tellBeginning(page),
    ...tellCalls(page, options.installedAt),
    [Symbol.dispose]: () => page.status[Symbol.dispose](),
  }
}

/** What is written on, and what was told so far. */
interface Page {
  readonly status: StatusLine
  readonly paint: Paint
  readonly command: Command
  /** Something is done; `ms` is how long it took. */
  readonly tick: (text: string, ms?: number) => void
  readonly state: {
    readonly told: Set<string>
    began: number
    server: { readonly url: string; readonly tokenFile: string }
    firstCommit?: { readonly ms: number; readonly sinceStartMs: number }
    wasThere: boolean
  }
}

function pageOf({ write, isTerminal, colour }: TextReportOptions): Page {
  const paint: Paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const status = statusLine(write, isTerminal)
  return {
    status,
    paint,
    command: (text) => paint(36, text),
    tick: (text, ms) => {
      const time = ms === undefined ? '' : duration(ms).padStart(Math.max(timesEnd - 4 - text.length, 9))
      status.write(`  ${paint(32, '✓')} ${text}${paint(2, time)}\n`)
    },
    state: {
      told: new Set(),
      began: Date.now(),
      server: { url: '', tokenFile: '' },
      wasThere: false,
    },
  }
}

type Beginning = 'serving' | 'running' | 'fabric' | 'building' | 'built' | 'accepted' | 'found'

function tellBeginning({ status, paint, command, tick, state }: Page): Pick<DemoReport, Beginning> {
  return {
    serving: ({ url, dataDir, tokenFile, movedFrom }) => {
      state.server = { url, tokenFile }
      const moved = movedFrom ? ` (port ${movedFrom} is taken)` : ''
      status.write(`\n  ${paint(1, 'Cello')} at ${command(url)}${moved}, data in ${shortPath(dataDir)}\n\n`)
    },
    running: (url) => status.write(`\n  Cello runs already, at ${command(url)}\n\n`),
    fabric: (release, unsuitable) => {
      if (release) return tick(`Hyperledger Fabric ${release.version}, ${sources[release.source]}`)
      status.write(missingFabric(paint, command, unsuitable))
    },
    building: (contract) => {
      state.began = Date.now()
      status.show(`compiling the contract ${contract}`)
    },
    built: ({ name, version }) => {
      tick(`contract ${name} ${version} compiled`, Date.now() - state.began)
      status.show('copying what nodes run')
    },
    accepted: ({ name }) => {
      tick(`network ${paint(1, name)} accepted`)
      status.show('looking at the machine')
    },
    found: ({ name, runtime, createdAt }) => {
      state.wasThere = true
      tick(`network ${paint(1, name)} found again: ${runtimeText(runtime)}, made ${localTime(createdAt)}`)
      status.show('looking at its nodes')
    },
  }
}

function tellCalls(
  { status, paint, command, tick, state }: Page,
  installedAt: number,
): Omit<DemoReport, Beginning | typeof Symbol.dispose> {
  return {
    progress: (operation) => {
      if (!operation) return
      for (const { title, ms } of doneParts(operation)) {
        const key = `${operation.id} ${title}`
        if (state.told.has(key)) continue
        state.told.add(key)
        tick(title, ms)
      }
      status.show(partUnderWay(operation) ?? 'looking whether everything is there')
    },
    calling: () => {
      state.began = Date.now()
      status.show('calling the contract')
    },
    committed: ({ txId, block }, ms) => {
      state.firstCommit = { ms, sinceStartMs: Date.now() - installedAt }
      tick(`transaction ${txId.slice(0, 8)}… committed in block ${block}`, Date.now() - state.began)
      state.began = Date.now()
      status.show('asking the contract')
    },
    answered: (result) => {
      status.show(undefined)
      tick(`asset read back: ${inShort(result)}`, Date.now() - state.began)
    },
    failed: (error) => {
      status.show(undefined)
      status.write(failure(paint, error))
    },
    done: () => {
      if (!state.firstCommit) return
      const { ms, sinceStartMs } = state.firstCommit
      const sinceRequest = state.wasThere ? '' : ` ${paint(1, duration(ms))} after the request,`
      status.write(whatNext(command, state.server))
      status.write(`  First transaction${sinceRequest} ${paint(1, duration(sinceStartMs))} after the installation.\n\n`)
    },
    stopped: (hasNetworks) => {
      status.show(undefined)
      status.write(hasNetworks ? farewell(command) : lastFarewell(command))
    },
  }
}

type Paint = (code: number, text: string) => string
type Command = (text: string) => string

function failure(paint: Paint, error: unknown): string {
  const message = `\n  ${paint(31, '✗')} ${error instanceof Error ? error.message : String(error)}\n`
  const end = `\n  The server goes on; Ctrl-C stops it.\n\n`
  if (!(error instanceof PlatformError)) return message + end
  const { lastLines } = error.facts
  const lines: unknown[] = Array.isArray(lastLines) ? lastLines : []
  return [message, ...lines.map((text) => `    ${paint(2, String(text))}\n`), `    ${error.next}\n`, end].join('')
}

function whatNext(command: Command, server: { readonly url: string; readonly tokenFile: string }): string {
  return `
  An application for it; save it here as app.mts and run ${command('npx node app.mts')}

${application(server)}
  Look around   ${command('npx cello network show demo')}
                ${command('npx cello node logs -f Org1/peer0 -n demo')}
                ${command(`${server.url}/docs`)}
  Leave         Ctrl-C stops the server, not the network
                ${command('npx cello down')} stops both

`
}

function farewell(command: Command): string {
  return `
  The server has stopped; networks go on running.
  ${command('npm start')}                finds them again
  ${command('npx cello down')}           stops them
  ${command('npx cello down --delete')}  removes all that Cello made here but its cache

`
}

function lastFarewell(command: Command): string {
  return `
  The server has stopped, and no network runs. ${command('npm start')} brings it back.

`
}

function missingFabric(paint: Paint, command: Command, unsuitable: readonly UnsuitableFabric[]): string {
  const lack = unsuitable.length === 0 ? 'is here' : 'here can run'
  const reasons = unsuitable.map(({ program, reason }) => `    ${program}: ${reason}\n`).join('')
  return `  ${paint(33, '!')} No Hyperledger Fabric ${lack}, so this runs on the devnode, for development only.
${reasons}    For the real thing: ${command('npx cello fabric install 3.1.5')}\n`
}

/** What an asset is, or whatever else the contract answered. */
function inShort(result: string): string {
  const text = /"description":"([^"]+)"/.exec(result)?.[1] ?? result
  return text.length <= longestAnswer ? text : `${text.slice(0, longestAnswer - 1)}…`
}

function shortPath(path: string): string {
  const home = homedir()
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
}

function localTime(moment: string): string {
  return new Date(moment).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
}

function runtimeText({ kind, version }: { readonly kind: string; readonly version: string }): string {
  return kind === 'fabric' ? `Fabric ${version}` : kind
}
