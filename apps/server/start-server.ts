import { once } from 'node:events'
import { access, constants, mkdir } from 'node:fs/promises'
import { poll } from '@cello/kit'
import { FolderInUse } from '@cello/store'
import type { Logger } from 'pino'
import packageJson from '../../package.json' with { type: 'json' }
import { type Composition, compose } from './compose.ts'
import { places, type ServerConfig } from './config.ts'
import type { DemoReport } from './demo/report.ts'
import { runDemo } from './demo/run-demo.ts'
import { createHttpServer, keepToken, listenOnLoopback } from './http/index.ts'
import { giveBackMemoryAtRest } from './memory-at-rest.ts'
import { announceServer, answers, type RunningServer, readAnnounced } from './running-server.ts'

/** Milliseconds that a server which has the data directory is given to answer, or to leave it. */
const patienceMs = 10_000

export interface ServerParts {
  readonly report: DemoReport
  readonly log: Logger
  /** Fires to stop the server. */
  readonly signal: AbortSignal
}

/**
 * Serves until the signal fires, then drains and closes in order. Where a server runs over this data directory already, its
 * address is told and nothing is started. @throws Error with one sentence where it cannot start
 */
export async function startServer(config: ServerConfig, { report, log, signal }: ServerParts): Promise<void> {
  const at = places(config.dataDir)
  await makeFolder(config.dataDir)
  const found = await takeFolder(config, log, signal)
  if ('url' in found) {
    report.running(found.url)
    return
  }
  using _memory = giveBackMemoryAtRest()
  await using composition = found
  const { token, path: tokenFile } = await keepToken(config.dataDir)
  const engine = async () => ({ ok: composition.worker.engine.isClaiming })
  const checks = { engine }
  const app = await createHttpServer(composition.context, { token, version: packageJson.version, logger: log, checks })
  const { url, port } = await listenOnLoopback(app, config.port)
  await using _announced = await announceServer(at.serverFile, { url, pid: process.pid, startedAt: Date.now() })
  log.info({ url, dataDir: config.dataDir }, 'server started')
  report.serving({
    url,
    dataDir: config.dataDir,
    tokenFile,
    ...(port === config.port ? {} : { movedFrom: config.port }),
  })
  if (config.demo) await demonstrate(composition.context, report, signal)
  if (!signal.aborted) await once(signal, 'abort')
  await app.close()
  report.stopped(await areAnyUp(composition.context))
}

async function makeFolder(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new Error(
      `The data directory ${dataDir} cannot be used (${reason}); set CELLO_DATA to a folder that you can write to.`,
      { cause: error },
    )
  }
}

/** Whether a network runs on without us: one that is wanted up. */
async function areAnyUp({ store }: Composition['context']): Promise<boolean> {
  for (const id of await store.networks.ids()) {
    if ((await store.networks.get(id))?.power === 'running') return true
  }
  return false
}

/**
 * Takes the data directory, or finds the server that has it: the lock alone tells whether there is one, for what a killed one
 * announced may be the address of another by now. One that is about to serve, or to end, is waited for.
 * @throws Error with one sentence where somebody has it and does not answer
 */
async function takeFolder(
  config: ServerConfig,
  log: Logger,
  signal: AbortSignal,
): Promise<Composition | RunningServer> {
  const { serverFile } = places(config.dataDir)
  const found = await poll(
    async () => {
      const composed = await compose(config, log).catch(whileInUse)
      if (composed) return composed
      const announced = await readAnnounced(serverFile)
      return announced && (await answers(announced)) ? announced : undefined
    },
    { timeoutMs: patienceMs, everyMs: 100, signal },
  )
  if (found) return found
  const announced = await readAnnounced(serverFile)
  return compose(config, log).catch((error: unknown) => {
    throw announced && error instanceof FolderInUse ? silent(announced, config.dataDir, error) : error
  })
}

function whileInUse(error: unknown): undefined {
  if (error instanceof FolderInUse) return undefined
  throw error
}

/** Whoever has announced itself here holds the folder. */
function silent({ pid, url }: RunningServer, dataDir: string, cause: unknown): Error {
  return new Error(
    `The server of ${dataDir} (process ${pid}, ${url}) does not answer; end it with \`kill -9 ${pid}\` and start again, its networks go on meanwhile.`,
    { cause },
  )
}

/** A demonstration that fails is told; the server goes on, since everything can be looked at and mended through it. */
async function demonstrate(
  context: Parameters<typeof runDemo>[0],
  report: DemoReport,
  signal: AbortSignal,
): Promise<void> {
  try {
    await runDemo(context, report, signal)
    report.done()
  } catch (error) {
    if (!signal.aborted) report.failed(error)
  }
}
