import { createCli } from './cli.ts'
import { run } from './run.ts'

const interrupt = new AbortController()
// The second Ctrl-C ends the process as usual.
process.once('SIGINT', () => interrupt.abort(new Error('interrupted')))
// A reader that has seen enough, such as `head`, is no error, and ends what would go on printing.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  interrupt.abort(error)
})

const cli = createCli({
  env: process.env,
  out: process.stdout,
  err: process.stderr,
  in: process.stdin,
  interrupt: interrupt.signal,
})
process.exitCode = await run(cli, process.argv.slice(2))
