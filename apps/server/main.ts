import { pino } from 'pino'
import { places, readConfig } from './config.ts'
import { jsonReport } from './demo/json-report.ts'
import { textReport } from './demo/text-report.ts'
import { logFile } from './log-file.ts'
import { startServer } from './start-server.ts'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())
// Neither who has read enough, such as `head`, nor a disk that is full ends the server.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

try {
  const config = readConfig(process.env, process.argv.slice(2))
  const write = (text: string) => process.stdout.write(text)
  const { installedAt } = config
  const isTerminal = process.stdout.isTTY && process.env['TERM'] !== 'dumb'
  const colour = isTerminal && !process.env['NO_COLOR']
  using report = config.json ? jsonReport(write, installedAt) : textReport({ write, isTerminal, colour, installedAt })
  const log = pino({ level: config.logLevel }, logFile(places(config.dataDir).log))
  await startServer(config, { report, log, signal: stop.signal })
} catch (error) {
  // Ctrl-C, before there was anything to end.
  if (error !== stop.signal.reason) {
    process.stderr.write(`\n  ${error instanceof Error ? error.message : String(error)}\n\n`)
  }
  process.exitCode = 1
}
