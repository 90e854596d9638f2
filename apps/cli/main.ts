import { hasCode } from '@cello/kit'
import { createCli } from './cli.ts'
import { CommandError, exitCodes } from './exit-codes.ts'
import { reportError } from './report-error.ts'
import { run } from './run.ts'

let cannotPrint: CommandError | undefined
const interrupt = new AbortController()
// The second Ctrl-C ends the process as usual.
process.once('SIGINT', () => interrupt.abort(new Error('interrupted')))
// What is told on the way is not needed, and what it tells of goes on.
process.stderr.on('error', () => {})
// A reader that has seen enough, such as `head`, is no error, and ends what would go on printing.
process.stdout.on('error', (error) => {
  interrupt.abort(error)
  if (hasCode(error, 'EPIPE')) return
  cannotPrint = new CommandError(exitCodes.failed, `The output cannot be written: ${error.message}`, undefined, {
    cause: error,
  })
  process.exitCode = reportError(cli, cannotPrint)
})

const cli = createCli({
  env: process.env,
  out: process.stdout,
  err: process.stderr,
  in: process.stdin,
  interrupt: interrupt.signal,
})
const exitCode = await run(cli, process.argv.slice(2))
process.exitCode = cannotPrint?.exitCode ?? exitCode
