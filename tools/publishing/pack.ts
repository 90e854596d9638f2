/** Makes the tarball of one published package. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compile } from './compile.ts'
import type { PublishedPackage } from './published-package.ts'

/** @returns the path of the tarball in `folder` */
export function pack(published: PublishedPackage, root: string, folder: string): string {
  const place = join(folder, published.workspace)
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place, { recursive: true })
  const foreign = compile(published, root, join(place, 'lib'))
  writeFileSync(join(place, 'package.json'), `${JSON.stringify(manifestOf(published, root, foreign), undefined, 2)}\n`)
  for (const [from, to] of [
    ['LICENSE', 'LICENSE'],
    [`packages/${published.workspace}/README.md`, 'README.md'],
  ] as const) {
    if (existsSync(join(root, from))) copyFileSync(join(root, from), join(place, to))
  }
  const args = ['pack', '--ignore-scripts', '--json', '--loglevel=error', `--pack-destination=${folder}`]
  const [made] = JSON.parse(execFileSync('npm', args, { cwd: place, encoding: 'utf8' }))
  return join(folder, made.filename)
}

function manifestOf(published: PublishedPackage, root: string, foreign: ReadonlySet<string>): object {
  const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return {
    name: published.name,
    version,
    description: published.description,
    license,
    type: 'module',
    engines: { node: '>=22' },
    exports: {
      ...Object.fromEntries(
        Object.entries(published.entries).map(([door, source]) => {
          const base = `./lib/${source.replace(/\.ts$/, '')}`
          return [door, { types: `${base}.d.ts`, default: `${base}.js` }]
        }),
      ),
      './package.json': './package.json',
    },
    files: ['lib'],
    sideEffects: false,
    dependencies: dependenciesOf(published, foreign),
  }
}

/** What the compiled files import, and the types of it where they are a package of their own: declarations need them. */
function dependenciesOf({ versions, name }: PublishedPackage, foreign: ReadonlySet<string>): Record<string, string> {
  const undeclared = [...foreign].filter((dependency) => versions[dependency] === undefined)
  if (undeclared.length > 0)
    throw new Error(`${name} imports what its package.json does not declare: ${undeclared.join(', ')}`)
  return Object.fromEntries(
    Object.entries(versions)
      .filter(([dependency]) => foreign.has(dependency.replace(/^@types\//, '')) || foreign.has(dependency))
      .toSorted(([a], [b]) => a.localeCompare(b, 'en')),
  )
}
