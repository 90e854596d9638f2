import { createInterface } from 'node:readline'
import { createCli } from '../cli.ts'
import { run } from '../run.ts'

/** Runs each line of stdin as a command line and answers it by one of JSON: one process for a test that needs many. */
for await (const line of createInterface({ input: process.stdin })) {
  const text = { out: '', err: '' }
  const cli = createCli({
    env: process.env,
    out: { write: (more) => (text.out += more) },
    err: { write: (more) => (text.err += more) },
    in: {},
    interrupt: new AbortController().signal,
  })
  const code = await run(cli, line.split(' '))
  process.stdout.write(`${JSON.stringify({ code, ...text })}\n`)
}
