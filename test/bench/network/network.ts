import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { spreadOf } from '../figures.ts'
import { load, machineFacts } from '../machine.ts'
import { startServerProcess } from '../server-process.ts'
import { benchDocument, blueprintDocument, devnodeDocument, type Timing, timings } from './document.ts'
import { runEmbedded } from './embedded.ts'
import type { Measured, Run } from './measured.ts'
import { type BuiltContract, buildContract, runOurs } from './ours.ts'
import { type NetworkResult, type TimingResult, textResult } from './result.ts'
import { makeRunFolders, type RunFolders } from './run-folders.ts'
import { runScript } from './script.ts'
import { type Way, ways } from './ways.ts'

const usage = `npm run bench -- network [-n RUNS] [--timing defaults|tuned] [--only ours|one-by-one|all-at-once] [--steps] [--json]
  -n RUNS    of each way, default 5
  --timing   only one of the two
  --only     only one of the ways
  --steps    print what was over when in each run
  --json     print one JSON document on stdout`

/** Ours against two scripts with the official tools, in turn. */
export async function benchNetwork(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      n: { type: 'string', short: 'n', default: '5' },
      timing: { type: 'string' },
      only: { type: 'string' },
      steps: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const runs = Number(values.n)
  if (values.help || !Number.isInteger(runs) || runs < 1) throw new Error(usage)
  const chosenWays = ways.filter((way) => values.only === undefined || way === values.only)
  const chosenTimings = timings.filter(({ name }) => values.timing === undefined || name === values.timing)
  if (chosenWays.length === 0 || chosenTimings.length === 0) throw new Error(usage)
  const machine = machineFacts()
  // It serves only as the builder of the contract that the scripts start; ours are made by servers of their own.
  await using folders = await makeRunFolders()
  await using builder = await startServerProcess(await folders.next())
  const contract = await buildContract(builder)
  const tell = (line: string) => process.stderr.write(`${line}\n`)
  const turn = { ways: chosenWays, runs, contract, steps: values.steps, tell, folders, signal }
  const results: TimingResult[] = []
  for (const timing of chosenTimings) results.push(await takeTurns(timing, turn))
  const blueprint = chosenWays.includes('ours') ? await onBlueprint(turn) : []
  const devnodes = values.only === undefined ? await onDevnodes(turn) : undefined
  const { items } = await builder.client.hosts.listFabric({ params: { host: 'local' } })
  const result: NetworkResult = {
    machine,
    fabric: items.map(({ version, source }) => `${version} (${source})`),
    results,
    ...(blueprint.length > 0 && { blueprint: spreadOf(blueprint) }),
    ...(devnodes && { devnodes }),
    loadAtEnd: load(),
  }
  process.stdout.write(values.json ? `${JSON.stringify(result, null, 1)}\n` : `${textResult(result)}\n`)
}

/** What a user gets who names nothing. @returns milliseconds to the first query */
async function onBlueprint(turn: Turn): Promise<number[]> {
  const measured: number[] = []
  for (let run = 1; run <= turn.runs; run++) {
    const { firstQueryMs, parts } = await inFolder(turn, (given) => runOurs(blueprintDocument, given))
    turn.tell(`blueprint ${run}/${turn.runs}: ${firstQueryMs} ms (load ${load()})`)
    tellSteps(parts, turn)
    measured.push(firstQueryMs)
  }
  return measured
}

/** As separate processes under a server, and embedded in one process, in turn. */
async function onDevnodes(turn: Turn): Promise<NonNullable<NetworkResult['devnodes']>> {
  const { runs, contract, tell } = turn
  const measured: { separate: number[]; embedded: number[] } = { separate: [], embedded: [] }
  for (let run = 1; run <= runs; run++) {
    const separate = await inFolder(turn, (given) => runOurs(devnodeDocument, given))
    const embedded = await inFolder(turn, (given) => runEmbedded(contract, given))
    tell(
      `devnode ${run}/${runs}: ${separate.firstCommitMs} ms separate, ${embedded.firstCommitMs} ms embedded (load ${load()})`,
    )
    for (const { parts } of [separate, embedded]) tellSteps(parts, turn)
    measured.separate.push(separate.firstCommitMs)
    measured.embedded.push(embedded.firstCommitMs)
  }
  return { separate: spreadOf(measured.separate), embedded: spreadOf(measured.embedded) }
}

function tellSteps(parts: Measured['parts'], { steps, tell }: Turn): void {
  if (steps) for (const { name, from, ms } of parts) tell(`    ${from ?? ''}\t${ms}\t${name}`)
}

interface Turn {
  readonly ways: readonly Way[]
  readonly runs: number
  readonly contract: BuiltContract
  readonly steps: boolean
  readonly tell: (line: string) => void
  readonly folders: RunFolders
  readonly signal: AbortSignal
}

/** A B C A B C …: what else happens on the machine meets all of them. */
async function takeTurns(timing: Timing, turn: Turn): Promise<TimingResult> {
  const measured: Record<Way, Measured[]> = { ours: [], 'one-by-one': [], 'all-at-once': [] }
  for (let run = 1; run <= turn.runs; run++) {
    for (const way of turn.ways) {
      const one = await measure(way, timing, turn)
      measured[way].push(one)
      turn.tell(`${timing.name} ${run}/${turn.runs} ${way}: ${one.firstQueryMs} ms (load ${load()})`)
      tellSteps(one.parts, turn)
    }
  }
  const spreads = turn.ways.map((way) => ({
    way,
    firstCommit: spreadOf(measured[way].map(({ firstCommitMs }) => firstCommitMs)),
    firstQuery: spreadOf(measured[way].map(({ firstQueryMs }) => firstQueryMs)),
  }))
  return { timing, spreads }
}

/** Milliseconds after which one run counts as hanging. */
const longestRunMs = 180_000
/** Milliseconds of rest before each run: none pays for what the one before it left to the kernel. */
const restMs = 3_000

async function measure(way: Way, timing: Timing, turn: Turn): Promise<Measured> {
  return await inFolder(turn, (run) =>
    way === 'ours'
      ? runOurs((digest) => benchDocument(timing, digest), run)
      : runScript({ ...run, name: way, timing, contract: turn.contract.file }),
  )
}

async function inFolder(
  { folders, signal: stop }: Turn,
  measureOne: (run: Run) => Promise<Measured>,
): Promise<Measured> {
  await setTimeout(restMs, undefined, { signal: stop })
  const folder = await folders.next()
  const measured = await measureOne({ folder, signal: AbortSignal.any([stop, AbortSignal.timeout(longestRunMs)]) })
  await folders.empty(folder)
  return measured
}
