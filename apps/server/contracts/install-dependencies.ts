import { mkdir, readFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { hasCode } from '@cello/kit'
import { PlatformError } from '@cello/model'
import { z } from 'zod'

import { runProgram } from './run-program.ts'

export interface NpmOptions {
  /** The npm to run; default: `npm`, found on `path`. */
  readonly command?: string | undefined
  /** Folders between colons; default: where systems keep their programs. */
  readonly path?: string | undefined
  /** Default: npm's own. */
  readonly registry?: string | undefined
  /** What npm is told beside, see `npmVariables`. */
  readonly variables?: Readonly<Record<string, string>> | undefined
  /** Private to builds: home and cache of npm. */
  readonly homeFolder: string
}

/** Variables of the server that reach npm: how to get out, and whom to trust on the way. */
export const npmVariables = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'NODE_EXTRA_CA_CERTS',
  'npm_config_registry',
  'npm_config_cafile',
] as const

/** As Yarn and pnpm contracts have none of these, they are told to bring one. */
const lockfiles = ['npm-shrinkwrap.json', 'package-lock.json']
const defaultPath = '/usr/local/bin:/usr/bin:/bin'
const installTimeoutMs = 5 * 60_000

/** What we look at in a lockfile: that everything in it comes from a registry, whole. */
const LockedPackage = z.looseObject({
  link: z.boolean().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  inBundle: z.boolean().optional(),
})
const Lockfile = z.looseObject({ lockfileVersion: z.number(), packages: z.record(z.string(), LockedPackage) })

/** `node_modules/a/node_modules/@b/c`: npm writes to these paths. */
const lockedPath = /^node_modules\/(@[\w.-]+\/)?[\w.-]+(\/node_modules\/(@[\w.-]+\/)?[\w.-]+)*$/

/**
 * Installs what the lockfile names, without running any of its scripts.
 * @throws PlatformError BUILD_NEEDS_NETWORK where there is no lockfile or npm did not get what it names; PACKAGE_INVALID for a
 * lockfile that names anything but releases of a registry.
 */
export async function installDependencies(
  folder: string,
  missing: readonly string[],
  npm: NpmOptions | undefined,
  options: { readonly production: boolean; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  if (!npm) throw needsNetwork(`${missing.join(', ')} (this server installs nothing)`)
  await checkLockfile(folder, missing)
  await runNpm(folder, npm, ['ci', ...(options.production ? ['--omit=dev'] : [])], options.signal)
}

/** Removes what only the build needed. */
export async function pruneDependencies(folder: string, npm: NpmOptions, signal?: AbortSignal): Promise<void> {
  await runNpm(folder, npm, ['prune', '--omit=dev', '--offline'], signal)
}

async function checkLockfile(folder: string, missing: readonly string[]): Promise<void> {
  const text = await readFirst(lockfiles.map((name) => join(folder, name)))
  if (text === undefined) throw needsNetwork(`${missing.join(', ')}, and there is no package-lock.json`)
  const parsed = Lockfile.safeParse(parseJson(text))
  if (!parsed.success) throw invalid('its lockfile is not understood; write it with npm 7 or newer')
  for (const [path, entry] of Object.entries(parsed.data.packages)) {
    if (path !== '') checkLocked(path, entry)
  }
}

function checkLocked(path: string, { link, resolved, integrity, inBundle }: z.infer<typeof LockedPackage>): void {
  if (!lockedPath.test(path)) throw invalid(`its lockfile names the path ${path}`)
  if (link) throw invalid(`its lockfile links ${path} to another folder`)
  if (resolved !== undefined && !/^https?:\/\//.test(resolved)) {
    throw invalid(`its lockfile takes ${path} from ${resolved}`)
  }
  if (integrity === undefined && !inBundle) throw invalid(`its lockfile states no integrity for ${path}`)
}

async function runNpm(folder: string, npm: NpmOptions, args: readonly string[], signal?: AbortSignal): Promise<void> {
  const home = join(npm.homeFolder, 'home')
  await mkdir(home, { recursive: true, mode: 0o700 })
  const result = await runProgram({
    command: npm.command ?? 'npm',
    args: [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--no-progress'],
    folder,
    env: {
      ...npm.variables,
      // npm starts with the first `node` on the path: ours.
      PATH: [dirname(process.execPath), npm.path ?? defaultPath].join(delimiter),
      HOME: home,
      npm_config_cache: join(npm.homeFolder, 'cache'),
      npm_config_update_notifier: 'false',
      ...(npm.registry && { npm_config_registry: npm.registry }),
    },
    timeoutMs: installTimeoutMs,
    signal,
  }).catch((error: unknown) => {
    throw hasCode(error, 'ENOENT') ? needsNetwork('no npm is on the PATH of the server') : error
  })
  if (result.code === 0) return
  const said = result.stderr
    .split('\n')
    .filter((line) => /^npm (error|ERR!)/.test(line) && !/log of this run/.test(line))
  const reason = said
    .slice(0, 3)
    .map((line) => line.replace(/^npm (error|ERR!) ?/, ''))
    .join('; ')
  throw needsNetwork(
    result.timedOut ? `npm took more than ${installTimeoutMs / 60_000} minutes` : `npm says: ${reason}`,
  )
}

async function readFirst(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text !== undefined) return text
  }
  return undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function needsNetwork(detail: string): PlatformError {
  return new PlatformError('BUILD_NEEDS_NETWORK', { detail })
}

function invalid(detail: string): PlatformError {
  return new PlatformError('PACKAGE_INVALID', { detail })
}
