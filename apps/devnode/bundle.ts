/** The devnode as a program that needs no clone and no node_modules: a folder that a driver copies and starts nodes from. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { glob, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Plugin } from 'esbuild'

export interface BundleOptions {
  /** `CELLO_CACHE`: the bundle is made once for each state of the sources. */
  readonly cacheDir: string
  readonly signal?: AbortSignal | undefined
}

/** As a driver's `addProgram` takes it; `entry` is started with Node, `node devnode.mjs orderer`. */
export interface Bundle {
  readonly kind: 'folder'
  readonly path: string
  readonly entry: string
}

const root = join(import.meta.dirname, '..', '..')
const entry = 'devnode.mjs'

/** What goes into the bundle: our sources, and all others at the versions of the lockfile. */
const sources = ['apps/devnode', 'packages/fabric'].map((folder) => `${folder}/**/*.{ts,json}`)

/**
 * Takes half a second once, then some milliseconds, and no network.
 * @throws Error naming what cannot be bundled
 */
export async function bundleDevnode({ cacheDir, signal }: BundleOptions): Promise<Bundle> {
  const folder = join(cacheDir, 'devnode')
  const path = join(folder, await digestOfSources())
  if (!existsSync(path)) {
    await mkdir(folder, { recursive: true })
    const making = await mkdtemp(join(folder, '.making-'))
    try {
      await build(making, signal)
      await rename(making, path).catch((error: unknown) => {
        if (!existsSync(path)) throw error // otherwise somebody else was faster
      })
    } finally {
      await rm(making, { recursive: true, force: true })
    }
  }
  return { kind: 'folder', path, entry }
}

async function digestOfSources(): Promise<string> {
  const files = await Array.fromAsync(glob(sources, { cwd: root, exclude: (name) => name === 'node_modules' }))
  const hash = createHash('sha256').update(`${process.version} ${process.arch}`)
  for (const file of [...files.filter((name) => !name.endsWith('.test.ts')).sort(), 'package-lock.json']) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex').slice(0, 32)
}

async function build(folder: string, signal: AbortSignal | undefined): Promise<void> {
  // Loaded only here: a bundler is wanted once.
  const { build: bundle } = await import('esbuild')
  const options = {
    bundle: true,
    platform: 'node',
    target: 'node24',
    legalComments: 'eof',
    logLevel: 'silent',
  } as const
  const at = (file: string) => join(import.meta.dirname, file)
  const bundled: Plugin = {
    name: 'bundled program',
    setup: (made) => made.onResolve({ filter: /\/load-program\.ts$/ }, () => ({ path: at('bundled-program.ts') })),
  }
  await Promise.all([
    bundle({ ...options, entryPoints: [at('run.ts')], format: 'cjs', outfile: join(folder, 'devnode.cjs') }),
    bundle({
      ...options,
      entryPoints: [at('main.ts')],
      format: 'esm',
      outfile: join(folder, entry),
      plugins: [bundled],
    }),
  ])
  const env = { DEVNODE_KEEP_CODE: 'yes' }
  await promisify(execFile)(process.execPath, [join(folder, entry), 'version'], { env, ...(signal ? { signal } : {}) })
}
