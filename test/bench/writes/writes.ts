import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { load, machineFacts } from '../machine.ts'
import { type Measured, measure, type Plan } from './measure.ts'
import { textResult, type WritesResult } from './result.ts'
import { devnodeSide, fabricSide, type Side } from './sides.ts'

const usage = `npm run bench -- writes [-n RUNS] [--seconds S] [--writers W] [--offered PER_SECOND] [--only devnode|fabric] [--json]
  -n RUNS     turns of each side, default 3
  --seconds   of each of the two loads of a turn, default 20
  --writers   that write as fast as they can, default 16
  --offered   writes a second in the second load, default 50
  --only      one side alone
  --json      print one JSON document on stdout`

const fabricVersion = '3.1.5'

/** Writes on one orderer, one peer and one contract: the devnode's and Fabric's in turn. */
export async function benchWrites(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      n: { type: 'string', short: 'n', default: '3' },
      seconds: { type: 'string', default: '20' },
      writers: { type: 'string', default: '16' },
      offered: { type: 'string', default: '50' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const numbers = [values.n, values.seconds, values.writers, values.offered].map(Number)
  const [runs = 0, seconds = 0, writers = 0, offered = 0] = numbers
  if (values.help || !numbers.every((number) => number >= 1)) throw new Error(usage)
  const machine = machineFacts()
  await using cache = await temporaryFolder()
  const [devnode, fabric] = [await devnodeSide(cache.path), fabricSide(fabricVersion)]
  const sides = [devnode, ...(typeof fabric === 'string' ? [] : [fabric])].filter(
    ({ name }) => values.only === undefined || name === values.only,
  )
  if (sides.length === 0) throw new Error(typeof fabric === 'string' && values.only === 'fabric' ? fabric : usage)
  const turns = await takeTurns(sides, runs, { writers, offered, seconds, signal })
  const result: WritesResult = {
    machine,
    writers,
    offered,
    seconds,
    turns,
    ...(typeof fabric === 'string' ? { missing: fabric } : {}),
    loadAtEnd: load(),
  }
  process.stdout.write(values.json ? `${JSON.stringify(result, null, 1)}\n` : `${textResult(result)}\n`)
}

/** A B A B …: what else happens on the machine meets both. */
async function takeTurns(sides: readonly Side[], runs: number, plan: Plan): Promise<WritesResult['turns']> {
  const turns: Record<Side['name'], Measured[]> = { devnode: [], fabric: [] }
  for (let run = 1; run <= runs; run++) {
    for (const side of sides) {
      plan.signal.throwIfAborted()
      const one = await measure(side, plan)
      turns[side.name].push(one)
      const said = `${one.perSecond.toFixed(0)} writes/s, p50 ${one.p50.toFixed(1)} ms (load ${load()})`
      process.stderr.write(`${run}/${runs} ${side.name}: ${said}\n`)
    }
  }
  return turns
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'bench-writes-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
